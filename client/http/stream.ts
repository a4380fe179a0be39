/** Lines as an answer's body: an error before the first line is an error, one after it breaks the connection off. */
import type { Logger } from '#runtime/logger.ts';

/**
 * Reads the first line, so that what fails at once is answered with a status; then the rest as the client takes it.
 * A client that goes away ends the reading.
 */
export async function streamed(
  lines: AsyncGenerator<string>,
  log: Pick<Logger, 'error'>,
): Promise<ReadableStream<Uint8Array>> {
  let next = await lines.next();
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      if (next.done) return controller.close();
      controller.enqueue(encoder.encode(next.value));
      try {
        next = await lines.next();
      } catch (error) {
        log.error({ err: error }, 'an answer broke off');
        controller.error(error);
      }
    },
    async cancel() {
      await lines.return(undefined);
    },
  });
}
