/** The HR system's signature: HMAC-SHA-256 over `<timestamp>.<body>`, good for five minutes. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const TIMESTAMP_HEADER = 'x-joinery-timestamp';
export const SIGNATURE_HEADER = 'x-joinery-signature';

const WINDOW_SECONDS = 300;

/** `v1=<hex>` for a body sent at `timestamp` (Unix seconds). */
export function sign(secret: string, timestamp: string, body: Uint8Array): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
}

/** Why a request is not from the HR system, or undefined when it is. A replay within the window is harmless: ids are unique. */
export function signatureFault(
  request: { timestamp: string | undefined; signature: string | undefined; body: Uint8Array },
  secret: string,
  nowSeconds: number,
): string | undefined {
  const { timestamp, signature, body } = request;
  if (!timestamp || !signature) return `the headers ${TIMESTAMP_HEADER} and ${SIGNATURE_HEADER} are needed`;
  const expected = Buffer.from(sign(secret, timestamp, body));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'the signature does not match';
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowSeconds - Number(timestamp)) > WINDOW_SECONDS) {
    return `the timestamp is more than ${WINDOW_SECONDS / 60} minutes from now`;
  }
  return undefined;
}
