import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { TlsOptions } from '@traffic-tacos/server';
import type { Settings } from './config/index.ts';

type TlsSettings = Pick<Settings, 'tlsCert' | 'tlsKey' | 'tlsCa' | 'tlsClientCertificate'>;

/**
 * Reads the port's certificates; `undefined` where there are none.
 *
 * @throws Error that names the setting and the file which cannot be read or used.
 */
export async function readTls(settings: TlsSettings): Promise<TlsOptions | undefined> {
  const { tlsCert, tlsKey, tlsCa, tlsClientCertificate } = settings;
  if (tlsCert === '') {
    return undefined;
  }
  const [cert, key, ca] = await Promise.all([
    pem('--tls-cert', tlsCert),
    pem('--tls-key', tlsKey),
    tlsCa === '' ? undefined : pem('--tls-ca', tlsCa),
  ]);
  usable(`--tls-cert "${tlsCert}" is no certificate chain`, { cert });
  usable(`--tls-key "${tlsKey}" is no private key without a passphrase`, { key });
  usable(`--tls-key "${tlsKey}" is not the key of --tls-cert "${tlsCert}"`, { cert, key });
  if (ca !== undefined) {
    usable(`--tls-ca "${tlsCa}" has no certificates`, { cert: ca });
  }
  return {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    ...(tlsClientCertificate !== 'none' && { clientCertificate: tlsClientCertificate }),
  };
}

async function pem(flag: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${flag} "${file}" cannot be read (${why}): expected a PEM file`, { cause });
  }
}

function usable(refusal: string, options: Parameters<typeof createSecureContext>[0]): void {
  try {
    createSecureContext(options);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${refusal} (${why}): expected PEM`, { cause });
  }
}
