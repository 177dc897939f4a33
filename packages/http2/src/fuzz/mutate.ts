import type { Random } from './random.ts';

/** Numbers at which something else begins. */
const EDGES = [0x00, 0x01, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0xbe, 0xff];

/** The bytes with a defect or more: changed, cut out, put in, or repeated. */
export function mutated(bytes: Buffer, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(result.length + 1);
    const rest = result.subarray(Math.min(result.length, at + 1 + random.below(4)));
    switch (random.below(5)) {
      case 0:
        if (at < result.length) {
          result[at] = (result[at] as number) ^ (1 << random.below(8));
        }
        break;
      case 1:
        if (at < result.length) {
          result[at] = random.pick(EDGES);
        }
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, at), rest]);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, at), random.bytes(random.below(6)), result.subarray(at)]);
        break;
      default:
        result = Buffer.concat([result.subarray(0, at), result.subarray(Math.max(0, at - 4))]);
    }
  }
  return result;
}
