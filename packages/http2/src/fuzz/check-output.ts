import { FieldDecoder } from '../hpack/index.ts';
import { Setting } from '../settings/setting.ts';
import { Flag, FrameType, framesIn, PREFACE, type Received } from '../testdata/frames.ts';
import { demand } from './handler.ts';

/** What a server may have sent for one stream. */
interface Sent {
  hasHead: boolean;
  isEnded: boolean;
  isReset: boolean;
  bytes: number;
}

/**
 * Checks that what a server has written is what RFC 9113 allows a server to write: the order of frames in each stream,
 * their sizes, header blocks, and no more data than the client's frames have granted, if it took them all.
 */
export function checkOutput(sent: Buffer, written: Buffer): void {
  const granted = grants(sent.subarray(PREFACE.length));
  const frames = framesIn(written);
  const whole = frames.reduce((sum, { payload }) => sum + 9 + payload.length, 0);
  demand(whole === written.length, 'frames are whole');
  const decoder = new FieldDecoder({ maxTableBytes: 4096, maxListBytes: 1 << 20, isMemoized: false });
  const streams = new Map<number, Sent>();
  let bytes = 0;
  let mostId = Number.POSITIVE_INFINITY;
  for (const [at, one] of frames.entries()) {
    const { type, flags, id, payload } = one;
    demand(payload.length <= granted.frameBytes, 'a frame is no larger than allowed');
    demand(at > 0 || (type === FrameType.SETTINGS && flags === 0), 'settings come first');
    if (type === FrameType.DATA || type === FrameType.HEADERS || type === FrameType.RST_STREAM) {
      demand(id % 2 === 1, 'answers are for streams of clients');
      let stream = streams.get(id);
      if (stream === undefined) {
        stream = { hasHead: false, isEnded: false, isReset: false, bytes: 0 };
        streams.set(id, stream);
      }
      checkStream(stream, one, decoder);
      demand(stream.bytes <= granted.ofStreams + (granted.byStream.get(id) ?? 0), 'a window holds');
    } else {
      demand(type !== FrameType.PUSH_PROMISE && type !== FrameType.CONTINUATION, 'nothing is pushed');
    }
    bytes += type === FrameType.DATA ? payload.length : 0;
    demand(bytes <= granted.ofConnection, 'the window of the connection holds');
    if (type === FrameType.GOAWAY) {
      const [lastId, code] = [payload.readUInt32BE(0), payload.readUInt32BE(4)];
      demand(lastId <= mostId, 'what was refused once is not taken again');
      mostId = lastId;
      demand(code === 0 || at === frames.length - 1, 'nothing comes after an error');
    }
  }
}

function checkStream(stream: Sent, { type, flags, payload }: Received, decoder: FieldDecoder): void {
  demand(!stream.isReset, 'nothing comes after a reset');
  if (type === FrameType.RST_STREAM) {
    demand(payload.length === 4, 'a reset has four bytes');
    stream.isReset = true;
    return;
  }
  demand(!stream.isEnded, 'nothing comes after the end of a stream');
  const isEnd = (flags & Flag.END_STREAM) !== 0;
  if (type === FrameType.DATA) {
    demand(stream.hasHead, 'a body comes after a head');
    stream.bytes += payload.length;
  } else {
    demand((flags & Flag.END_HEADERS) !== 0, 'our blocks are one frame');
    const { fields } = decoder.decode(payload, 0, payload.length);
    if (stream.hasHead) {
      demand(isEnd && !fields.some((name, at) => at % 2 === 0 && name.startsWith(':')), 'trailers come last');
    } else {
      demand(fields[0] === ':status' && /^[1-9]\d\d$/.test(fields[1] ?? ''), 'a head begins with its status');
      stream.hasHead = !(fields[1] as string).startsWith('1');
    }
  }
  stream.isEnded = isEnd;
}

interface Grants {
  /** The largest frame. */
  readonly frameBytes: number;
  ofConnection: number;
  /** The largest initial window. */
  readonly ofStreams: number;
  readonly byStream: ReadonlyMap<number, number>;
}

/** The most that frames of a client allow. */
function grants(sent: Buffer): Grants {
  let frameBytes = 16_384;
  let ofStreams: number | undefined;
  let hasSettings = false;
  let ofConnection = 65_535;
  const byStream = new Map<number, number>();
  for (const { type, flags, id, payload } of framesIn(sent)) {
    if (type === FrameType.WINDOW_UPDATE && payload.length === 4) {
      const increment = payload.readUInt32BE(0) & 0x7fff_ffff;
      const stream = id & 0x7fff_ffff;
      if (stream === 0) {
        ofConnection += increment;
      } else {
        byStream.set(stream, (byStream.get(stream) ?? 0) + increment);
      }
    } else if (type === FrameType.SETTINGS && (flags & Flag.ACK) === 0) {
      for (let at = 0; at + 6 <= payload.length; at += 6) {
        const value = payload.readUInt32BE(at + 2);
        if (payload.readUInt16BE(at) === Setting.MAX_FRAME_SIZE) {
          frameBytes = Math.max(frameBytes, value);
        } else if (payload.readUInt16BE(at) === Setting.INITIAL_WINDOW_SIZE) {
          // No stream is open before the first settings.
          ofStreams = hasSettings ? Math.max(ofStreams ?? 65_535, value) : value;
        }
      }
      hasSettings = true;
    }
  }
  return { frameBytes, ofConnection, ofStreams: ofStreams ?? 65_535, byStream };
}
