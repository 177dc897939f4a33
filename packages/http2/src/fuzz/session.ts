import { Setting } from '../settings/setting.ts';
import { Flag, FrameType, frame, HELLO, PREFACE, settings, settingsAck, uint32 } from '../testdata/frames.ts';
import { anyBlock, requestBlock } from './header-blocks.ts';
import { mutated } from './mutate.ts';
import type { Random } from './random.ts';

const NUMBERS = [
  0,
  1,
  2,
  5,
  100,
  16_383,
  16_384,
  65_535,
  2 ** 24 - 1,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];

/**
 * What a client sends on one connection: the preface with settings, and frames at random, of which none, some or many are
 * out of order or have defects. What has a defect may be more than a frame, or less.
 */
export function session(random: Random): Buffer[] {
  const disorder = random.pick([0, 0, 0.01, 0.05, 0.3]);
  const state: State = { random, disorder, nextId: 1, open: [] };
  const frames = [random.happens(0.97) ? hello(random) : mutated(random.pick([HELLO, PREFACE]), random)];
  const kinds = random.happens(0.05) ? [random.pick(KINDS)] : KINDS;
  for (let count = 1 + random.below(random.happens(0.05) ? 400 : 60); count > 0; count--) {
    const next = random.pick(kinds)(state);
    frames.push(...(random.happens(disorder / 4) ? next.map((one) => mutated(one, random)) : next));
  }
  return frames;
}

/** With a window for each stream that may be small from the beginning. */
function hello(random: Random): Buffer {
  const windowBytes = random.pick([0, 5, 1000, 30_000]);
  return random.happens(0.6)
    ? HELLO
    : Buffer.concat([PREFACE, settings([Setting.INITIAL_WINDOW_SIZE, windowBytes]), settingsAck]);
}

interface State {
  readonly random: Random;
  readonly disorder: number;
  nextId: number;
  /** Streams whose request has not ended. */
  readonly open: number[];
}
type Kind = (state: State) => Buffer[];

/** A stream that a frame may be about, if there is one; and now and then one that it may not. */
function someId({ random, disorder, nextId, open }: State): number | undefined {
  if (random.happens(disorder)) {
    return random.pick([0, 1, 2, nextId, nextId + 100, 2 ** 31 - 1, Math.max(0, nextId - 2)]);
  }
  return open.length > 0 ? random.pick(open) : undefined;
}

function padded(
  content: Buffer,
  { random, disorder }: State,
): { readonly flag: number; readonly content: Buffer } {
  if (!random.happens(0.1)) {
    return { flag: 0, content };
  }
  const length = random.below(20);
  const said = random.happens(disorder) ? random.below(256) : length;
  return { flag: Flag.PADDED, content: Buffer.concat([Buffer.of(said), content, Buffer.alloc(length)]) };
}

/** A header block in one frame or several. */
function inFrames(state: State, id: number, flags: number, block: Buffer): Buffer[] {
  const { random, disorder } = state;
  if (!random.happens(0.15)) {
    const { flag, content } = padded(block, state);
    return [frame(FrameType.HEADERS, flags | flag | Flag.END_HEADERS, id, content)];
  }
  const frames = [];
  const cut = random.below(block.length + 1);
  frames.push(frame(FrameType.HEADERS, flags, id, block.subarray(0, cut)));
  const more = random.happens(disorder) ? random.below(80) : random.below(3);
  for (let count = more; count > 0; count--) {
    frames.push(frame(FrameType.CONTINUATION, 0, id, random.happens(disorder) ? random.bytes(3) : undefined));
  }
  if (!random.happens(disorder)) {
    frames.push(frame(FrameType.CONTINUATION, Flag.END_HEADERS, id, block.subarray(cut)));
  }
  return frames;
}

const openStream: Kind = (state) => {
  const { random } = state;
  const id = (random.happens(state.disorder) ? someId(state) : undefined) ?? state.nextId;
  state.nextId = Math.max(state.nextId, id) + 2;
  const isEnded = random.happens(0.4);
  if (!isEnded) {
    state.open.push(id);
  }
  const block = random.happens(0.6) ? requestBlock(random) : anyBlock(random, state.disorder);
  return inFrames(state, id, isEnded ? Flag.END_STREAM : 0, block);
};

const prioritized: Kind = (state) => {
  const id = state.nextId;
  state.nextId += 2;
  const depends = state.random.happens(state.disorder) ? id : state.random.below(id);
  const content = Buffer.concat([uint32(depends), Buffer.of(16), requestBlock(state.random)]);
  return [frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM | Flag.PRIORITY, id, content)];
};

const sendData: Kind = (state) => {
  const { random, open } = state;
  const id = someId(state);
  if (id === undefined) {
    return [];
  }
  const size = random.happens(0.05) ? random.below(16_385) : random.below(8);
  const isLast = random.happens(0.4);
  if (isLast && open.includes(id)) {
    open.splice(open.indexOf(id), 1);
  }
  const { flag, content } = padded(Buffer.alloc(random.happens(0.1) ? 5 : size, 'd'), state);
  return [frame(FrameType.DATA, flag | (isLast ? Flag.END_STREAM : 0), id, content)];
};

const trailers: Kind = (state) => {
  const id = someId(state);
  if (id === undefined) {
    return [];
  }
  if (state.open.includes(id)) {
    state.open.splice(state.open.indexOf(id), 1);
  }
  const flags = state.random.happens(state.disorder) ? 0 : Flag.END_STREAM;
  // Literals: a checksum.
  const block = state.random.happens(0.2)
    ? anyBlock(state.random, state.disorder)
    : Buffer.from('\0\x03sum\x017', 'latin1');
  return inFrames(state, id, flags, block);
};

const resetStream: Kind = (state) => {
  const id = someId(state);
  if (id === undefined) {
    return [];
  }
  if (state.open.includes(id)) {
    state.open.splice(state.open.indexOf(id), 1);
  }
  return [frame(FrameType.RST_STREAM, 0, id, uint32(state.random.below(16)))];
};

const widen: Kind = (state) => {
  const { random, disorder } = state;
  const increment = random.happens(disorder) ? random.pick(NUMBERS) : 1 + random.below(50_000);
  return [
    frame(FrameType.WINDOW_UPDATE, 0, random.happens(0.5) ? 0 : (someId(state) ?? 0), uint32(increment)),
  ];
};

const change: Kind = ({ random, disorder }) => {
  const orderly: [number, number][] = [
    [Setting.HEADER_TABLE_SIZE, random.pick([0, 100, 4096, 65_536])],
    [Setting.ENABLE_PUSH, random.below(2)],
    [Setting.MAX_CONCURRENT_STREAMS, random.below(1000)],
    [Setting.INITIAL_WINDOW_SIZE, random.pick([0, 1, 10, 65_535, 1_000_000])],
    [Setting.MAX_FRAME_SIZE, random.pick([16_384, 20_000, 2 ** 24 - 1])],
    [Setting.MAX_HEADER_LIST_SIZE, random.below(10_000)],
    [random.below(0x10000), random.below(2 ** 32)],
  ];
  const pairs = orderly.slice(0, 6).filter(() => random.happens(0.3));
  if (random.happens(disorder)) {
    pairs.push([random.below(9), random.pick(NUMBERS)], orderly[6] as [number, number]);
  }
  return [random.happens(0.2) ? frame(FrameType.SETTINGS, Flag.ACK, 0) : settings(...pairs)];
};

const ping: Kind = ({ random }) => [
  frame(FrameType.PING, random.below(2), 0, random.happens(0.1) ? Buffer.from('draining') : random.bytes(8)),
];

const priority: Kind = (state) => [
  frame(FrameType.PRIORITY, 0, someId(state) ?? state.nextId, Buffer.concat([uint32(0), Buffer.of(1)])),
];

const unknown: Kind = ({ random }) => [
  frame(0x0a + random.below(0xf0), random.below(256), random.below(50), random.bytes(random.below(20))),
];

/** What nobody should send, or only once. */
const odd: Kind = (state) => {
  const { random, disorder } = state;
  if (!random.happens(disorder)) {
    return [];
  }
  const type = random.pick([
    FrameType.PUSH_PROMISE,
    FrameType.GOAWAY,
    FrameType.CONTINUATION,
    random.below(12),
  ]);
  return [frame(type, random.below(256), someId(state) ?? 0, random.bytes(random.below(30)))];
};

const KINDS: readonly Kind[] = [
  ...[openStream, openStream, openStream, openStream, sendData, sendData, sendData, sendData],
  ...[trailers, resetStream, widen, widen, change, ping, priority, prioritized, unknown, odd],
];
