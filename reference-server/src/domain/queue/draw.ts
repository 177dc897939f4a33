import { hash } from 'node:crypto';

/** What decides the order of a pre-queue. Whoever has it can make the draw again. */
export interface Draw {
  /** The 32 bytes of the seed in 64 hexadecimal digits. */
  readonly seed: string;
  readonly eventId: string;
  /** How many came early: their places have the numbers 1 to this, in the order in which they came. */
  readonly places: number;
}

/**
 * The draw: the numbers of the places in the order in which their turn comes.
 *
 * The lot of a place is the SHA-256 of the 32 bytes of the seed, followed by the event's id, a slash and the
 * place's number in decimal digits, all in ASCII. The places stand in the order of their lots, compared byte
 * by byte; were two alike, the lower number would come first.
 *
 * @throws RangeError for a seed that is none.
 */
export function drawOrder(draw: Draw): Uint32Array<ArrayBuffer> {
  const steps = drawSteps(draw);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) {
      return step.value;
    }
  }
}

/** Lots drawn in one step: a few milliseconds. */
const LOTS_PER_STEP = 4096;

/** Places of one bucket, on average. */
const BUCKET = 32;

const LOT_BYTES = 6;
const LOT_BITS = LOT_BYTES * 8;

/** {@link drawOrder} in short steps, for who has other things to do meanwhile; a small one is a single step. */
export function* drawSteps(draw: Draw): Generator<void, Uint32Array<ArrayBuffer>> {
  const { places } = draw;
  const lotOf = lots(draw);
  // By the leading 48 bits; the rest is looked at only where those are alike.
  const leading = new Float64Array(places);
  for (let place = 0; place < places; place++) {
    leading[place] = lotOf(place + 1).readUIntBE(0, LOT_BYTES);
    if (place % LOTS_PER_STEP === LOTS_PER_STEP - 1) {
      yield;
    }
  }

  // Lots are spread evenly: sorted into buckets by their first bits, hardly anything is left to sort.
  const bits = Math.max(0, Math.ceil(Math.log2(places / BUCKET)));
  const bucketOf = (place: number): number => Math.floor((leading[place] as number) / 2 ** (LOT_BITS - bits));
  const ends = new Uint32Array(2 ** bits + 1);
  for (let place = 0; place < places; place++) {
    ends[bucketOf(place) + 1] = (ends[bucketOf(place) + 1] as number) + 1;
  }
  if (places > LOTS_PER_STEP) {
    yield;
  }
  for (let bucket = 1; bucket < ends.length; bucket++) {
    ends[bucket] = (ends[bucket] as number) + (ends[bucket - 1] as number);
  }
  const order = new Uint32Array(places);
  for (let place = 0; place < places; place++) {
    const bucket = bucketOf(place);
    const at = ends[bucket] as number;
    order[at] = place + 1;
    ends[bucket] = at + 1;
  }
  if (places > LOTS_PER_STEP) {
    yield;
  }

  const inOrder = (a: number, b: number): number =>
    (leading[a - 1] as number) - (leading[b - 1] as number) ||
    Buffer.compare(Buffer.from(lotOf(a)), lotOf(b)) ||
    a - b;
  let from = 0;
  for (let bucket = 0; bucket < ends.length - 1; bucket++) {
    const end = ends[bucket] as number;
    order.subarray(from, end).sort(inOrder);
    from = end;
    if (bucket % LOTS_PER_STEP === LOTS_PER_STEP - 1) {
      yield;
    }
  }
  return order;
}

/** The lots of places by their numbers. */
function lots({ seed, eventId }: Draw): (place: number) => Buffer {
  if (!/^[0-9a-f]{64}$/.test(seed)) {
    throw new RangeError(`the seed of a draw has 64 hexadecimal digits; found ${seed.length} characters`);
  }
  const start = Buffer.concat([Buffer.from(seed, 'hex'), Buffer.from(`${eventId}/`)]);
  const text = Buffer.alloc(start.length + 10);
  start.copy(text);
  return (place) => {
    const length = start.length + text.write(String(place), start.length, 'latin1');
    return hash('sha256', text.subarray(0, length), 'buffer');
  };
}
