/** The calls of the mix as bytes: requests are put together by hand and answers looked at where they matter. */
import { systemEnvironment } from '@traffic-tacos/client-runtime';

/** Out of a hundred calls so many ask for the status of a place; the others join. */
const STATUS_PERCENT = 85;

export type Kind = 'JoinQueue' | 'GetQueueStatus';

/** One call before it is put on a wire. */
export interface Request {
  readonly kind: Kind;
  readonly path: Buffer;
  /** The buyer's own address, as a proxy in front of the server would tell it. */
  readonly address: Buffer;
  /** The message. */
  readonly body: Buffer;
}

/** Makes requests, and learns from their answers which places there are. */
export interface Mix {
  join(): Request;
  /** One of the mix; joins as long as there is no place to ask for. */
  next(): Request;
  /** @throws Error when the answer is not that of a success */
  check(kind: Kind, message: Buffer): void;
  /** How many poll. */
  readonly places: number;
}

const SERVICE = 'gateway.v1.QueueService';
const paths: Readonly<Record<Kind, Buffer>> = {
  JoinQueue: Buffer.from(`/${SERVICE}/JoinQueue`),
  GetQueueStatus: Buffer.from(`/${SERVICE}/GetQueueStatus`),
};

const EVENT = Buffer.from('bench');
const LENGTH_DELIMITED = 2;
const tag = (field: number): number => (field << 3) | LENGTH_DELIMITED;

/** `QueueStatus`: in line, a place whose turn has come, and one whose buyer did not want it then. */
const GOOD = new Set([1, 2, 3]);

/** Buyers who poll; newcomers take over from those who have waited longest. */
const POLLING = 20_000;

/** A mix for a server that answers as the contract says; with `bare`, for one that answers anything. */
export function mixOf({ bare }: { readonly bare: boolean }): Mix {
  const tokens: Buffer[] = [];
  let buyers = 0;
  let asked = 0;
  let oldest = 0;

  const join = (): Request => {
    const key = Buffer.from(systemEnvironment.uuid());
    const body = Buffer.concat([
      Buffer.from([tag(1), EVENT.length]),
      EVENT,
      Buffer.from([tag(5), key.length]),
      key,
    ]);
    buyers++;
    return { kind: 'JoinQueue', path: paths.JoinQueue, address: addressOf(buyers), body };
  };

  const status = (): Request => {
    // In turns, so that nobody's place lapses because they were not asked for.
    asked = (asked + 1) % tokens.length;
    const at = asked;
    const token = tokens[at] as Buffer;
    const body = Buffer.allocUnsafe(token.length + 2);
    body[0] = tag(1);
    body[1] = token.length;
    token.copy(body, 2);
    return { kind: 'GetQueueStatus', path: paths.GetQueueStatus, address: addressOf(at), body };
  };

  return {
    join,
    next: () => (tokens.length === 0 || Math.random() * 100 >= STATUS_PERCENT ? join() : status()),
    check(kind, message) {
      if (bare) {
        if (tokens.length === 0) {
          tokens.push(Buffer.alloc(81, 'x'));
        }
        return;
      }
      // Both answers begin with what only a success has: the waiting token, or a status that is not ERROR.
      if (kind === 'JoinQueue') {
        const length = message[1] as number;
        if (message[0] !== tag(1) || length < 32 || length > 127) {
          throw new Error(`JoinQueue gave no place: ${message.toString('latin1')}`);
        }
        const token = Buffer.from(message.subarray(2, 2 + length));
        if (tokens.length < POLLING) {
          tokens.push(token);
        } else {
          tokens[oldest] = token;
          oldest = (oldest + 1) % POLLING;
        }
      } else if (message[0] !== 8 || !GOOD.has(message[1] as number)) {
        throw new Error(`GetQueueStatus gave no status of a place in line: ${message.toString('latin1')}`);
      }
    },
    get places() {
      return tokens.length;
    },
  };
}

/** Some address of a private network, another one for each buyer. */
function addressOf(buyer: number): Buffer {
  return Buffer.from(`10.${(buyer >> 16) & 255}.${(buyer >> 8) & 255}.${buyer & 255}`);
}
