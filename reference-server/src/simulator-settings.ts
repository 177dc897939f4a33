import type { Settings } from './config/index.ts';
import type { PaymentDeps } from './services/payment/index.ts';

/** How the simulated payment gateway behaves: as the settings say at the time, but for the seed. */
export function simulatorSettings(settings: Readonly<Settings>): PaymentDeps['simulator'] {
  return {
    get delayMs() {
      return settings.paymentDelayMs;
    },
    get timeoutMs() {
      return settings.paymentTimeoutMs;
    },
    seed: settings.paymentSeed,
    get approvalRate() {
      return settings.paymentApprovalRate;
    },
  };
}
