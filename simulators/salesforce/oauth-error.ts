// A refusal of the token endpoint, which speaks OAuth's own error format.

export class OAuthError extends Error {
  override name = 'OAuthError';
  readonly code: string;

  constructor(code: string, description: string) {
    super(description);
    this.code = code;
  }
}
