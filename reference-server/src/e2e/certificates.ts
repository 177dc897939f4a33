import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

/** Makes an authority and certificates by their alternative names, as files that go with the test. */
export async function certificates<N extends string>(
  names: Readonly<Record<N, string>>,
): Promise<(name: N | 'ca') => { readonly cert: string; readonly key: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const make = (name: string, ...how: readonly string[]) =>
    promisify(execFile)(
      'openssl',
      [
        'req',
        '-x509',
        ...KEY,
        '-subj',
        `/CN=${name}`,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.pem`,
        ...how,
      ],
      { cwd: folder },
    );
  await make('ca');
  for (const [name, alternative] of Object.entries(names)) {
    const issued = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', `subjectAltName=${alternative}`];
    await make(name, ...issued, '-addext', 'basicConstraints=critical,CA:FALSE');
  }
  return (name) => ({ cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) });
}
