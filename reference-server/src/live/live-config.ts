import { put, remove, type Store, table, type Write } from '../store/index.ts';
import type { LiveSetting } from './live-setting.ts';
import { serially } from './serially.ts';

/** A setting that was changed while the server ran. */
export interface ChangedSetting {
  readonly service: string;
  readonly key: string;
  readonly value: string;
  /** Who changed it, and when, in epoch milliseconds. */
  readonly by: string;
  readonly at: number;
}

/** What was changed while a server ran holds at its next start as well, whatever that is started with. */
export const liveSettingTable = table<ChangedSetting>('live_setting');

/** A change of one setting. */
export interface Change {
  readonly setting: LiveSetting;
  /** `undefined` goes back to what the server was started with. */
  readonly value: string | undefined;
  /** Whether it holds from now on; otherwise from the next start. */
  readonly now: boolean;
  readonly by: string;
  readonly at: number;
  /** Further writes of the same transaction. */
  readonly writes: (values: { readonly before: string; readonly after: string }) => readonly Write[];
}

/** The settings that can be changed while the server runs. */
export interface LiveConfig {
  readonly settings: readonly LiveSetting[];
  find(service: string, key: string): LiveSetting | undefined;
  /** Changes a setting and keeps it. Changes happen one after the other. */
  change(change: Change): Promise<void>;
}

/**
 * The settings as they were last changed.
 *
 * @param onKept Told at the start of each setting that was changed earlier; `problem` says why it does not hold.
 */
export async function openLiveConfig(options: {
  readonly store: Store;
  readonly settings: readonly LiveSetting[];
  readonly onKept: (kept: ChangedSetting, problem: string | undefined) => void;
}): Promise<LiveConfig> {
  const { store, settings, onKept } = options;
  const byName = new Map(settings.map((setting) => [nameOf(setting), setting]));
  const inTurn = serially();

  for await (const { key, value: kept } of store.scan(liveSettingTable)) {
    const setting = byName.get(key);
    const understood = setting?.understand(kept.value);
    if (understood?.ok) {
      setting?.set(understood.text);
    }
    onKept(
      kept,
      understood === undefined ? 'there is no such setting' : understood.ok ? undefined : understood.expected,
    );
  }

  return {
    settings,
    find: (service, key) => byName.get(nameOf({ service, key })),
    change: ({ setting, value, now, by, at, writes }) =>
      inTurn(async () => {
        const { service, key } = setting;
        const before = setting.read();
        const after = value ?? setting.initial();
        const name = nameOf(setting);
        await store.transact([
          value === undefined
            ? remove(liveSettingTable, name)
            : put(liveSettingTable, name, { service, key, value: after, by, at }),
          ...writes({ before, after }),
        ]);
        if (now) {
          setting.set(value);
        }
      }),
  };
}

function nameOf({ service, key }: Pick<LiveSetting, 'service' | 'key'>): string {
  return `${service}/${key}`;
}
