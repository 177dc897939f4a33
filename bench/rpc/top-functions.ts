/** The parts of a V8 CPU profile that are read. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** The node that was running, for each sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** A function, and its share of the time that was not idle. */
export interface TopFunction {
  readonly share: string;
  readonly milliseconds: number;
  readonly function: string;
  readonly where: string;
}

/**
 * The functions that ran longest themselves; what they called is not counted.
 *
 * @param skipMs - milliseconds at the beginning that are left out: start and warm-up
 */
export function topFunctions(
  { nodes, samples, timeDeltas }: CpuProfile,
  count: number,
  skipMs: number,
): TopFunction[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, { ...callFrame, key: keyOf(callFrame) }]));
  const times = new Map<string, number>();
  let elapsed = 0;
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index] ?? 0;
    elapsed += delta;
    if (elapsed > skipMs * 1000) {
      const key = names.get(id)?.key ?? '';
      times.set(key, (times.get(key) ?? 0) + delta);
    }
  }
  times.delete('(idle)\t');
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([key, time]) => {
      const [name = '', where = ''] = key.split('\t');
      const share = `${((time / busy) * 100).toFixed(1)} %`;
      return { share, milliseconds: Math.round(time / 1000), function: name, where };
    });
}

function keyOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const file = url.replace(/^file:\/\/.*?\/(?=(packages|node_modules|bench)\/)/, '');
  return `${functionName || '(anonymous)'}\t${file === '' ? '' : `${file}:${lineNumber + 1}`}`;
}
