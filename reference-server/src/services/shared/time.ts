import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { timestampMs } from '@bufbuild/protobuf/wkt';

/** The current time in epoch milliseconds. */
export type Clock = () => number;

/** Epoch milliseconds as the contract says them. */
export { timestampFromMs as timestampOf } from '@bufbuild/protobuf/wkt';

/** Epoch milliseconds of an optional timestamp. */
export function msOf(timestamp: Timestamp | undefined): number | undefined {
  return timestamp === undefined ? undefined : timestampMs(timestamp);
}
