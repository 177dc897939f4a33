import { isLoopback } from './checks.ts';
import { isDevelopmentSecret } from './development-secret.ts';
import { type Settings, settingInfos } from './settings.ts';

/** Settings that do not fit together, a line for each. */
export function contradictions(settings: Settings): string[] {
  return [...tokens(settings), ...devIssuer(settings), ...tls(settings), ...secrets(settings)];
}

function tokens(settings: Settings): string[] {
  const names = ['authIssuer', 'authAudience', 'authJwksUrl'] as const;
  const missing = names.filter((name) => settings[name] === '');
  const isWithout = settings.profile !== 'strict' || settings.devIssuer;
  if (missing.length === 0 || (missing.length === names.length && isWithout)) {
    return [];
  }
  const why =
    settings.profile === 'strict' && !settings.devIssuer
      ? `the strict profile lets nobody in without an access token${missing.length === names.length ? `; on a machine of your own, ${given('devIssuer')} instead makes them itself` : ''}`
      : `${given(names.find((name) => settings[name] !== '') ?? 'authIssuer')} is of no use without`;
  return missing.map((name) => `${given(name)} is missing: ${why}`);
}

/** Whoever has its key is anybody, so it is for this machine alone, and for no server with real buyers. */
function devIssuer(settings: Settings): string[] {
  if (!settings.devIssuer) {
    return settings.devIssuerKey === ''
      ? []
      : [`${given('devIssuer')} is missing: ${given('devIssuerKey')} is of no use without`];
  }
  const { authIssuer, devIssuerKey, host, memory } = settings;
  const broken: readonly (readonly [boolean, string])[] = [
    [
      authIssuer !== '',
      `${given('devIssuer')} is given together with ${given('authIssuer')}: expected one of them, the development issuer is for local use alone`,
    ],
    [
      !isLoopback(host),
      `${given('host')} is ${host}: with ${given('devIssuer')} expected an address of this machine alone, such as 127.0.0.1`,
    ],
    [
      memory && devIssuerKey === '',
      `${given('devIssuerKey')} is missing: with --memory there is no data directory to keep the key in`,
    ],
  ];
  return broken.filter(([isBroken]) => isBroken).map(([, line]) => line);
}

function tls(settings: Settings): string[] {
  const { tlsCert, tlsKey, tlsCa, tlsClientCertificate, serviceIdentities } = settings;
  const asks = tlsClientCertificate !== 'none';
  const broken: readonly (readonly [boolean, string])[] = [
    [
      tlsCert !== '' && tlsKey === '',
      `${given('tlsKey')} is missing: ${given('tlsCert')} needs its private key`,
    ],
    [tlsKey !== '' && tlsCert === '', `${given('tlsCert')} is missing: ${given('tlsKey')} is the key of one`],
    [
      asks && tlsCert === '' && tlsKey === '',
      `${given('tlsCert')} is missing: client certificates are shown over TLS alone`,
    ],
    [asks && tlsCa === '', `${given('tlsCa')} is missing: it says which client certificates are valid`],
    [
      !asks && tlsCa !== '',
      `${given('tlsClientCertificate')} is none: expected accept or require with ${given('tlsCa')}`,
    ],
    [
      !asks && serviceIdentities.length > 0,
      `${given('tlsClientCertificate')} is none: expected accept or require with ${given('serviceIdentities')}`,
    ],
  ];
  return broken.filter(([isBroken]) => isBroken).map(([, line]) => line);
}

/** Whoever knows a secret signs what the server believes. */
function secrets(settings: Settings): string[] {
  if (settings.profile !== 'strict') {
    return [];
  }
  return settingInfos()
    .filter(({ isSecret, name }) => isSecret && [settings[name]].flat().map(String).some(isDevelopmentSecret))
    .map(
      ({ name }) =>
        `${given(name)} has a development secret: with the strict profile expected random ones, such as \`openssl rand -base64 32\` makes, or none for one that is made and kept with the data`,
    );
}

/** How a setting is given: its flag, and the shortest of its variables. */
function given(name: keyof Settings): string {
  const info = settingInfos().find((candidate) => candidate.name === name);
  const flag = info?.flag.split(' ')[0] ?? name;
  return `${flag} (${info?.env.at(-1) ?? ''})`;
}
