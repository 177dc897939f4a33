/** Types of HTTP/2 frames (RFC 9113, 6). */
export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;
export const ACK = 0x1;

/** What a client begins with. */
export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** One frame as it is on the wire. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The client's SETTINGS, as pairs of identifier and value. */
export function settings(...pairs: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(pairs.length * 6);
  for (const [index, [id, value]] of pairs.entries()) {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frame(FRAME.settings, 0, 0, payload);
}

/** `SETTINGS_INITIAL_WINDOW_SIZE` */
export const INITIAL_WINDOW = 4;

/** Fields of a header block, none of them indexed or compressed (RFC 7541, 6.2.2). */
export function block(fields: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(fields).map(([name, value]) => literal(0x00, name, value)));
}

/** A field that the table of the peer keeps (RFC 7541, 6.2.1). */
export function indexed(name: string, value: string): Buffer {
  return literal(0x40, name, value);
}

/** A reference to the latest entry of the peer's table. */
export const LATEST = 0x80 | 62;

function literal(kind: number, name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([kind]), text(name), text(value)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(bytes.length), bytes]);
}

/** With a prefix of seven bits (RFC 7541, 5.1). */
function integer(value: number): Buffer {
  if (value < 127) {
    return Buffer.from([value]);
  }
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>>= 7) {
    bytes.push((rest & 127) | 128);
  }
  return Buffer.from([...bytes, rest]);
}

/** The head of a request. */
export function head(method: string, path: string, more: Readonly<Record<string, string>> = {}): Buffer {
  return block({ ':method': method, ':scheme': 'http', ':path': path, ':authority': 'x', ...more });
}

/** The frames among received bytes. */
export function framesIn(
  received: string,
): { type: number; flags: number; stream: number; payload: Buffer }[] {
  const bytes = Buffer.from(received, 'latin1');
  const frames = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    frames.push({
      type: bytes[at + 3] as number,
      flags: bytes[at + 4] as number,
      stream: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, at + 9 + length),
    });
    at += 9 + length;
  }
  return frames;
}
