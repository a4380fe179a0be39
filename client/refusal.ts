/** Refusal: what was asked can not be done as things are, and why. Nothing was changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
