import { admissionSuite } from './admission-suite.ts';
import { paceSuite } from './pace-suite.ts';
import { placesSuite } from './places-suite.ts';
import type { OpenTestQueue } from './test-queue.ts';

/** What every queue does, whatever it keeps its lines in. */
export function queueSuite(open: OpenTestQueue): void {
  placesSuite(open);
  admissionSuite(open);
  paceSuite(open);
}
