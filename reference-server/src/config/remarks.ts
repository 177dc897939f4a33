import { isLoopback } from './checks.ts';
import { type Settings, settingInfos } from './settings.ts';

/** Variables of that prefix which are none of a server: what the tests of the repository must not skip. */
const OTHERS: readonly string[] = ['TACOS_REQUIRE'];

/** What is worth knowing of settings that can be used, a sentence each; none where all is as expected. */
export function settingRemarks(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return [...unknownVariables(env), ...openDoor(settings)];
}

function unknownVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = new Set([...settingInfos().flatMap((info) => info.env), ...OTHERS]);
  return Object.keys(env)
    .filter((name) => name.startsWith('TACOS_') && !known.has(name))
    .map((name) => `${name} is no setting, and has no effect: see serve --help for those there are`);
}

function openDoor({ profile, host, devIssuer, authIssuer }: Settings): readonly string[] {
  return profile === 'strict' || devIssuer || authIssuer !== '' || isLoopback(host)
    ? []
    : [
        `--host is ${host} with the dev profile: whoever reaches this server is whom they say they are, operators ` +
          'included; expected an address of this machine alone, such as 127.0.0.1, or --profile strict',
      ];
}
