/** Bodies that are read here and checked by whoever knows what they should say. */
import { HttpFailure } from './failures.ts';

/** The JSON in a body. Throws 415 for what is not declared as JSON, 400 for what is none. */
export async function readJson(request: {
  json(): Promise<unknown>;
  header(name: string): string | undefined;
}): Promise<unknown> {
  if (!/^application\/(\w+\+)?json\b/i.test(request.header('content-type') ?? '')) {
    throw new HttpFailure(415, 'unsupported', 'send the body as application/json');
  }
  return request.json().catch(() => {
    throw new HttpFailure(400, 'invalid', 'the body is not JSON', [{ field: 'body', problem: 'is not JSON' }]);
  });
}
