import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';

/** The current time in epoch milliseconds. */
export type Clock = () => number;

/** Epoch milliseconds as the contract says them. */
export { timestampFromMs as timestampOf };

/** Epoch milliseconds of an optional timestamp. */
export function msOf(timestamp: Timestamp | undefined): number | undefined {
  return timestamp === undefined ? undefined : timestampMs(timestamp);
}
