import { type Command, InvalidArgumentError, Option } from 'commander';
import { readSettings } from '../config/index.ts';
import { devIssuerKeyFile, openDevIssuer } from '../dev-issuer.ts';
import type { Flags } from './flags.ts';

/** Seconds by the letter that a duration ends with. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A token that lives longer is one that somebody forgets. */
const MAX_TTL_SECONDS = 7 * 86_400;

/** What `token` takes beside the settings. */
interface TokenFlags {
  readonly user: string;
  readonly role: 'user' | 'service' | 'admin';
  readonly ttl: number;
  readonly scope: readonly string[];
}

/** Declares `token`: it makes an access token for a server that was started with `--dev-issuer`. */
export function tokenCommand(command: Command): Command {
  return command
    .description('make an access token for a server with --dev-issuer, and print it')
    .requiredOption('--user <id>', 'whom the token stands for', userId)
    .addOption(
      new Option('--role <role>', 'what they may do').choices(['user', 'service', 'admin']).default('user'),
    )
    .option('--ttl <duration>', 'how long it lives: seconds, or a number with s, m, h or d', seconds, 3_600)
    .option('--scope <scopes...>', 'further scopes', [])
    .action(async (flags: Flags & TokenFlags) => {
      const { user, role, ttl, scope, ...given } = flags;
      const settings = readSettings(
        { data: given.data, devIssuer: true, devIssuerKey: given.devIssuerKey },
        keyOnly(process.env),
      );
      const file = devIssuerKeyFile(settings);
      const issuer = await openDevIssuer(file);
      if (issuer.isNew) {
        process.stderr.write(
          `${file} is a new key: the token is good at a server that is started with --dev-issuer on it from now on; ` +
            'for one that runs, give its --data or --dev-issuer-key\n',
        );
      }
      const token = await issuer.token({ user, role, scopes: scope, ttlSeconds: ttl }, Date.now());
      process.stdout.write(`${token}\n`);
    });
}

/** The environment is that of a server, whose other settings are of no concern here. */
function keyOnly(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const { TACOS_DATA, TACOS_DEV_ISSUER_KEY } = env;
  return { TACOS_DATA, TACOS_DEV_ISSUER_KEY };
}

function userId(text: string): string {
  if (text === '' || text.length > 255 || !/^[\x21-\x7e]+$/.test(text)) {
    throw new InvalidArgumentError('Expected 1 to 255 printable ASCII characters without spaces.');
  }
  return text;
}

function seconds(text: string): number {
  const [, count, unit = 's'] = /^(\d{1,6})([smhd])?$/.exec(text) ?? [];
  const total = Number(count) * (UNITS[unit] ?? 1);
  if (!(total >= 1 && total <= MAX_TTL_SECONDS)) {
    throw new InvalidArgumentError('Expected 1s to 7d, such as 90s, 15m or 1h.');
  }
  return total;
}
