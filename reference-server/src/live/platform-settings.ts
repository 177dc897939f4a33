import type { Settings } from '../config/index.ts';
import { settingsSchema } from '../config/settings.ts';
import type { LiveSetting, Understood } from './live-setting.ts';

/** The settings of `serve` that can be changed while it runs, and whose they are. */
const OWNERS = {
  holdSeconds: 'inventory',
  maxExtensionSeconds: 'reservation',
  holdSecondsToPay: 'payment',
  paymentDelayMs: 'payment',
  paymentTimeoutMs: 'payment',
  paymentApprovalRate: 'payment',
  admissionRate: 'queue',
  maxActiveBuyers: 'queue',
  maxWaiting: 'queue',
  maxEarlyPlaces: 'queue',
  reservationTokenSeconds: 'queue',
  logLevel: '',
} as const satisfies Partial<Record<keyof Settings, string>>;

type LiveName = keyof typeof OWNERS;

/** Settings of a server, some of which change while it runs: read them when they are needed, keep no copy. */
export interface PlatformSettings {
  readonly now: Readonly<Settings>;
  readonly live: readonly LiveSetting[];
  /** Takes over settings that were read anew, but for what was changed by hand. @returns the names of those that differ */
  reread(settings: Settings): readonly string[];
}

/**
 * The settings a server was started with, as they are now.
 *
 * @param onChange Told of a setting that has another value now.
 */
export function platformSettings(
  started: Settings,
  onChange: (name: keyof Settings, now: Readonly<Settings>) => void,
): PlatformSettings {
  let initial = started;
  const now: { -readonly [K in keyof Settings]: Settings[K] } = { ...started };
  const overridden = new Set<LiveName>();

  const assign = <K extends LiveName>(name: K, value: Settings[K]): void => {
    if (now[name] !== value) {
      (now as Settings)[name] = value;
      onChange(name, now);
    }
  };

  const liveSetting = <K extends LiveName>(name: K): LiveSetting => {
    const parse = (text: string) => settingsSchema.shape[name].safeParse(text);
    return {
      service: OWNERS[name],
      key: keyOf(name),
      read: () => String(now[name]),
      initial: () => String(initial[name]),
      understand: (text): Understood => {
        const { data, error } = parse(text);
        return error === undefined
          ? { ok: true, text: String(data) }
          : { ok: false, expected: error.issues[0]?.message ?? 'expected another value' };
      },
      set: (text) => {
        if (text === undefined) {
          overridden.delete(name);
          assign(name, initial[name]);
          return;
        }
        const { data, error } = parse(text);
        if (error !== undefined) {
          throw new RangeError(`${keyOf(name)} is "${text}": ${error.issues[0]?.message}`);
        }
        overridden.add(name);
        assign(name, data as Settings[K]);
      },
    };
  };

  const names = Object.keys(OWNERS) as LiveName[];
  return {
    now,
    live: names.map(liveSetting),
    reread: (settings) => {
      const changed = names.filter((name) => settings[name] !== initial[name]);
      initial = settings;
      for (const name of changed) {
        if (!overridden.has(name)) {
          assign(name, settings[name] as never);
        }
      }
      return changed.map(keyOf);
    },
  };
}

/** The name of a setting as the contract writes names. */
export function keyOf(name: keyof Settings): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
