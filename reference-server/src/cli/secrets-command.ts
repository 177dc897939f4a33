import { type Command, Option } from 'commander';
import { secretTable } from '../kept-secret.ts';
import { openReader } from '../store/embedded/index.ts';
import { dataDirectory } from './data-directory.ts';
import type { Flags } from './flags.ts';

/** Secrets that others have to know, and the settings that take their place. */
const SHOWN = {
  'payment-webhooks': '--payment-webhook-secrets-file',
} as const;

type Name = keyof typeof SHOWN;

/** What `secrets` takes beside the data directory. */
interface SecretsFlags extends Flags {
  readonly show?: Name;
}

/** Declares `secrets`: it names the secrets that a server has made for itself, and prints one when asked to. */
export function secretsCommand(command: Command): Command {
  return command
    .description('name the secrets that the server has made for itself; with --show, print one')
    .addOption(
      new Option('--show <name>', 'print this one, as receivers of webhooks take it').choices(
        Object.keys(SHOWN),
      ),
    )
    .addHelpText(
      'after',
      '\nReads the data directory, whether or not a server runs on it. Whoever sees a secret can sign with it: send it to' +
        '\na file that only you can read. A secret that is given with a setting takes the place of the one that is kept.',
    )
    .action(async (flags: SecretsFlags) => {
      const dir = dataDirectory(flags);
      const reader = openReader({ dir, tables: [secretTable] });
      try {
        if (flags.show === undefined) {
          for await (const { key } of reader.store.scan(secretTable)) {
            process.stdout.write(`${key}${isShown(key) ? `  --show ${key}` : ''}\n`);
          }
          return;
        }
        const kept = await reader.store.get(secretTable, flags.show);
        if (kept === undefined) {
          throw new Error(
            `${dir} has no secret "${flags.show}": the server makes it at its first start without ${SHOWN[flags.show]}`,
          );
        }
        process.stdout.write(`${portable(kept.value.secret)}\n`);
      } finally {
        reader.close();
      }
    });
}

function isShown(name: string): name is Name {
  return Object.hasOwn(SHOWN, name);
}

/** The same key in the form of Standard Webhooks, which libraries and the settings of this server take. */
function portable(secret: string): string {
  return `whsec_${Buffer.from(secret).toString('base64')}`;
}
