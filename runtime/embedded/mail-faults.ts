/**
 * Misbehaviour that a test orders from the mail catcher: refusals at a stage of the SMTP dialogue, and the two ways in
 * which a message is stored although its sender never hears so.
 */
import { z } from 'zod';

export const faultOrder = z
  .object({
    stage: z.enum(['mail', 'rcpt', 'data']),
    /** Refuse with this SMTP code. */
    code: z.number().int().min(400).max(599).optional(),
    message: z.string().default('refused on order'),
    /** Store the message, then cut the connection or hold the answer until released. */
    action: z.enum(['cut-after-accept', 'hold-after-accept']).optional(),
    /** How often it happens before it is used up. */
    times: z.number().int().min(1).default(1),
    /** Only when an address contains this: the sender at `mail`, the recipient at `rcpt`, either at `data`. */
    match: z.string().optional(),
  })
  .refine((order) => (order.code === undefined) !== (order.action === undefined), 'give either code or action')
  .refine((order) => order.action === undefined || order.stage === 'data', 'action needs the stage data');

export type FaultOrder = z.infer<typeof faultOrder>;

/** An ordered fault and what has become of it. */
export class Fault {
  readonly id: string;
  readonly stage: FaultOrder['stage'];
  readonly code: number | undefined;
  readonly message: string;
  readonly action: FaultOrder['action'];
  readonly match: string | undefined;
  /** How often it may still happen. */
  left: number;
  /** The ids of the messages stored under it. */
  readonly messageIds: string[] = [];
  hits = 0;
  /** Fulfilled by release(); held answers wait for it. */
  readonly released: Promise<void>;
  readonly release: () => void;
  readonly #firstHit: Promise<void>;
  readonly #announceHit: () => void;

  constructor(id: string, order: FaultOrder) {
    this.id = id;
    this.stage = order.stage;
    this.code = order.code;
    this.message = order.message;
    this.action = order.action;
    this.match = order.match;
    this.left = order.times;
    [this.released, this.release] = signal();
    [this.#firstHit, this.#announceHit] = signal();
  }

  /** Notes that it has happened, and to which stored message. */
  hit(messageId?: string): void {
    this.hits += 1;
    if (messageId !== undefined) this.messageIds.push(messageId);
    this.#announceHit();
  }

  /** Returns when it has happened at least once or `timeoutMs` have passed; answers whether it has. */
  async waitForHit(timeoutMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    await Promise.race([this.#firstHit, timeout]);
    clearTimeout(timer);
    return this.hits > 0;
  }
}

export class FaultList {
  readonly #faults = new Map<string, Fault>();

  order(order: FaultOrder): Fault {
    const fault = new Fault(String(this.#faults.size + 1), order);
    this.#faults.set(fault.id, fault);
    return fault;
  }

  get(id: string): Fault | undefined {
    return this.#faults.get(id);
  }

  /**
   * The oldest fault that is due now, used up by one. A refusal counts as having happened; a fault with an action does
   * when the message is stored.
   */
  take(stage: FaultOrder['stage'], addresses: readonly string[]): Fault | undefined {
    for (const fault of this.#faults.values()) {
      const matches = fault.match === undefined || addresses.some((address) => address.includes(fault.match ?? ''));
      if (fault.stage !== stage || fault.left === 0 || !matches) continue;
      fault.left -= 1;
      if (fault.code !== undefined) fault.hit();
      return fault;
    }
    return undefined;
  }

  /** Ends all faults and lets held answers go. Their ids stay known, so that ids are never used twice. */
  clear(): void {
    for (const fault of this.#faults.values()) {
      fault.left = 0;
      fault.release();
    }
  }
}

function signal(): [Promise<void>, () => void] {
  let fire: () => void = () => undefined;
  return [new Promise<void>((resolve) => (fire = resolve)), () => fire()];
}
