/**
 * The log: one JSON line an event, on standard error, since standard output belongs to a command's answer. Whatever
 * is named like a secret, at any depth, and every password inside a URL is replaced before the line is written.
 */
import pino, { type Bindings, type DestinationStream, type Logger } from 'pino';

export type { Logger };

export interface LoggerOptions {
  level: string;
  /** Which process or part speaks, such as `worker`. */
  name: string;
}

const secretName = /authorization|cookie|passw(or)?d|passphrase|secret|token|api[-_]?key|private[-_]?key|credential/i;
const passwordInUrl = /(\/\/[^\s:/@]*:)[^\s/@]+@/g;
const censored = '[redacted]';
const deepest = 8;

/** A logger; `logger.child({ … })` gives one that repeats some facts. `to` is for tests. */
export function createLogger(options: LoggerOptions, to: DestinationStream = pino.destination(2)): Logger {
  const logger = pino(
    {
      level: options.level,
      name: options.name,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (entry) => redact(entry, 0) as Record<string, unknown>,
      },
      hooks: {
        logMethod(args, method) {
          const plain = args.map((arg: unknown) => (typeof arg === 'string' ? redact(arg, 0) : arg));
          method.apply(this, plain as typeof args);
        },
      },
    },
    to,
  );
  // pino formats no facts of child loggers; they inherit this method from the logger, and their children from them.
  // oxlint-disable-next-line typescript/unbound-method -- it is called with the `this` it gets
  const plainChild = logger.child;
  logger.child = function (bindings, childOptions) {
    return plainChild.call(this, redact(bindings, 0) as Bindings, childOptions) as never;
  };
  return logger;
}

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.replace(passwordInUrl, `$1${censored}@`);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth >= deepest) return '[too deep]';
  if (value instanceof Error) return redact(pino.stdSerializers.err(value), depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, secretName.test(name) ? censored : redact(inner, depth + 1)]),
  );
}
