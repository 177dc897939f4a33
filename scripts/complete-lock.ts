/**
 * Adds the platform packages to a lock file that npm has left out: it forgets optional packages of other
 * platforms when it rewrites a lock beside an installed tree, or when a registry does not have them, and then
 * refuses `npm ci` everywhere. What is added has a version, but no checksum.
 *
 *   node scripts/complete-lock.ts [package-lock.json]
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface Entry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const LIBCS: Readonly<Record<string, string>> = {
  gnu: 'glibc',
  gnueabihf: 'glibc',
  musl: 'musl',
  musleabihf: 'musl',
};
/** How packages write processors that Node calls otherwise. */
const PROCESSORS: Readonly<Record<string, string>> = { aarch64: 'arm64', armv7: 'arm', x86_64: 'x64' };

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Entry> };
const added: string[] = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${path}/node_modules/${name}`;
    const hoisted = `node_modules/${name}`;
    if (lock.packages[nested] === undefined && lock.packages[hoisted] === undefined && /^\d/.test(version)) {
      lock.packages[hoisted] = { ...entryOf(name, version), ...(entry.dev === true && { dev: true }) };
      added.push(`${name}@${version}`);
    }
  }
}
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([...(root ? [root] : []), ...rest.sort(([a], [b]) => (a < b ? -1 : 1))]);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${file}: ${added.length === 0 ? 'complete' : `added ${added.join(', ')}`}\n`);

/** What the lock says of a package for one platform, as its name tells. */
function entryOf(name: string, version: string): Entry & Record<string, unknown> {
  const words = name.split('/').at(-1)?.split('-') ?? [];
  const os = words.findIndex((word) => SYSTEMS.includes(word));
  if (os < 0) {
    throw new Error(`${name}: no operating system in the name; expected one of ${SYSTEMS.join(', ')}`);
  }
  const cpu = words[os + 1] ?? '';
  const libc = LIBCS[words[os + 2] ?? ''];
  return {
    version,
    cpu: [PROCESSORS[cpu] ?? cpu],
    ...(libc && words[os] === 'linux' && { libc: [libc] }),
    optional: true,
    os: [words[os]],
  };
}
