import { createHash } from 'node:crypto';
import type { Scenario } from './payment.ts';

/** How the simulated gateway behaves. */
export interface SimulatorSettings {
  /** Milliseconds until a delayed payment is approved. */
  readonly delayMs: number;
  /** Milliseconds until a payment that the gateway never answers is given up. */
  readonly timeoutMs: number;
  /** Seed of the random scenario: the same seed and intent give the same outcome. */
  readonly seed: string;
  /** Share of random payments that are approved, 0 to 1. */
  readonly approvalRate: number;
}

/** What the gateway decides about one payment: at once, or later. */
export type Verdict =
  | { readonly kind: 'answered'; readonly approved: boolean }
  | { readonly kind: 'later'; readonly afterMs: number };

/** What happens when processing of a payment starts. */
export function startProcessing(scenario: Scenario, intentId: string, settings: SimulatorSettings): Verdict {
  switch (scenario) {
    case 'APPROVE':
      return { kind: 'answered', approved: true };
    case 'FAIL':
      return { kind: 'answered', approved: false };
    case 'RANDOM':
      return { kind: 'answered', approved: draw(intentId, settings.seed) < settings.approvalRate };
    case 'DELAY':
      return { kind: 'later', afterMs: settings.delayMs };
    case 'TIMEOUT':
      return { kind: 'later', afterMs: settings.timeoutMs };
  }
}

/** An even draw from [0, 1). */
function draw(intentId: string, seed: string): number {
  const hash = createHash('sha256').update(seed).update('\0').update(intentId).digest();
  return hash.readUInt32BE(0) / 2 ** 32;
}
