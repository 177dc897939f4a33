/** Opcodes from here on are of frames that belong to no message: ping, pong, close. */
const FIRST_CONTROL = 8;

/** Follows the frames that a client sends. @returns the bytes that have come of a message which is not complete yet. */
export type FollowFrames = (bytes: Uint8Array) => number;

/**
 * Reads the heads of frames (RFC 6455, 5.2) and skips what they carry. `ws` keeps a message until its last frame, of which
 * it tells nobody before.
 */
export function followFrames(): FollowFrames {
  /** Of the head that is being read. */
  let head: number[] = [];
  let headBytes = 2;
  /** Of the frame that is being read: still to come, and come. */
  let left = 0;
  let come = 0;
  /** Of the frames before it in the same message. */
  let before = 0;
  let isControl = false;
  let isLast = false;

  const frameEnded = (): void => {
    if (!isControl) {
      before = isLast ? 0 : before + come;
    }
    come = 0;
    head = [];
    headBytes = 2;
  };

  const byteOfHead = (byte: number): void => {
    head.push(byte);
    come++;
    const [first = 0, second = 0] = head;
    const short = second & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (head.length === 2) {
      headBytes = 2 + extended + ((second & 0x80) === 0 ? 0 : 4);
    }
    if (head.length === headBytes) {
      isControl = (first & 0x0f) >= FIRST_CONTROL;
      isLast = (first & 0x80) !== 0;
      left =
        extended === 0
          ? short
          : head.slice(2, 2 + extended).reduce((length, digit) => length * 256 + digit, 0);
      if (left === 0) {
        frameEnded();
      }
    }
  };

  return (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      if (left === 0) {
        byteOfHead(bytes[at] as number);
        at++;
        continue;
      }
      const part = Math.min(left, bytes.length - at);
      at += part;
      left -= part;
      come += part;
      if (left === 0) {
        frameEnded();
      }
    }
    return before + come;
  };
}
