import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate of 127.0.0.1 that vouches for itself, for both sides of a connection. */
export function ownCertificate(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const file = (name: string) => join(folder, name);
  try {
    execFileSync(
      'openssl',
      [
        ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=van'.split(' '),
        ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', file('key'), '-out', file('cert')],
      ],
      { stdio: 'pipe' },
    );
    return { key: readFileSync(file('key')), cert: readFileSync(file('cert')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
