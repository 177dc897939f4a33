import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** One figure of a run, as it stands in `bench/out/latest.json`. */
export interface Result {
  /** What was measured, e.g. `grpc/bare/calls`. */
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  /** Beside whom, where the figure is compared. */
  readonly peer?: string;
  /** Our value divided by the peer's. */
  readonly ratio?: number;
}

const folder = new URL('../out/', import.meta.url);
const file = new URL('latest.json', folder);

/** Writes figures to `bench/out/latest.json`; earlier ones of the same measure and peer give way. */
export function record(results: readonly Result[]): void {
  const fresh = new Set(results.map(keyOf));
  const kept = previous().filter((result) => !fresh.has(keyOf(result)));
  mkdirSync(folder, { recursive: true });
  const draft = new URL('latest.json.draft', folder);
  writeFileSync(draft, `${JSON.stringify([...kept, ...results], null, 2)}\n`);
  renameSync(draft, file);
}

function previous(): Result[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Result[];
  } catch (reason) {
    if ((reason as NodeJS.ErrnoException).code === 'ENOENT') {
      return [];
    }
    throw reason;
  }
}

function keyOf({ measure, peer }: Result): string {
  return `${measure} ${peer ?? ''}`;
}
