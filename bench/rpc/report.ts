import type { Result } from '../lib/results.ts';
import type { Figures } from './measure.ts';
import type { Shape } from './shapes.ts';

/** Prints what was measured, our servers beside each peer. */
export function print(figures: readonly Figures[]): void {
  const peers = figures.filter(({ server }) => !server.isOurs);
  const bareOf = ({ server }: Figures) => figures.find((other) => other.server.name === server.bare);
  const rows = figures.map((one) => [
    one.server.name,
    {
      'calls/s': Math.round(one.callsPerSecond),
      'CPU µs': one.cpuMicrosPerCall.toFixed(1),
      '+ µs': added(one, bareOf(one)),
      'P50 ms': one.p50Ms.toFixed(2),
      'P99 ms': one.p99Ms.toFixed(2),
      ...Object.fromEntries(
        peers.map((peer) => [`× ${peer.server.name}`, one.server.isOurs ? ratio(one, peer).toFixed(2) : '']),
      ),
    },
  ]);
  console.table(Object.fromEntries(rows));
}

/** The same for `bench/out/latest.json`. */
export function resultsOf(shape: Shape, figures: readonly Figures[]): Result[] {
  const peers = figures.filter(({ server }) => !server.isOurs);
  return figures.flatMap((one): Result[] => {
    const measure = `rpc/${shape.name}/${one.server.name.replace(/^ours: /, 'ours/')}`;
    return [
      { measure: `${measure}/rate`, value: Math.round(one.callsPerSecond), unit: 'calls/s' },
      { measure: `${measure}/cpu`, value: rounded(one.cpuMicrosPerCall), unit: 'µs/call' },
      { measure: `${measure}/p50`, value: rounded(one.p50Ms), unit: 'ms' },
      { measure: `${measure}/p99`, value: rounded(one.p99Ms), unit: 'ms' },
      ...(one.server.isOurs ? peers : []).map((peer) => ({
        measure: `${measure}/rate`,
        value: Math.round(one.callsPerSecond),
        unit: 'calls/s',
        peer: peer.server.name,
        ratio: rounded(ratio(one, peer)),
      })),
    ];
  });
}

function ratio(one: Figures, peer: Figures): number {
  return one.callsPerSecond / peer.callsPerSecond;
}

function added(one: Figures, bare: Figures | undefined): string {
  return bare === undefined || one === bare ? '' : (one.cpuMicrosPerCall - bare.cpuMicrosPerCall).toFixed(1);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
