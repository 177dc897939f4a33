import type { PeerCertificate } from 'node:tls';
import type { Authenticate, Caller } from '../caller.ts';
import { subjectAltNames } from './subject-alt-names.ts';

/** What a verified client certificate says about its holder. */
export interface PeerIdentity {
  /** Subject alternative names that are URIs, e.g. `spiffe://example.org/gateway`. */
  readonly uris: readonly string[];
  /** Subject alternative names that are host names, in lower case. */
  readonly dnsNames: readonly string[];
  /** The subject's common name. Where a certificate has alternative names, these are its identity (RFC 9525). */
  readonly commonName: string | undefined;
  readonly certificate: PeerCertificate;
}

/** A caller by certificate. Exactly one of `uri`, `dns` and `commonName` is matched, as a whole. */
export interface KnownIdentity {
  /** A URI among the alternative names, such as a SPIFFE id. */
  readonly uri?: string | undefined;
  /** A host name among the alternative names. A wildcard stands for itself. */
  readonly dns?: string | undefined;
  /** The common name of a certificate that has no alternative names. */
  readonly commonName?: string | undefined;
  /** The caller's id. Default: the name that was matched. */
  readonly id?: string | undefined;
  /** Default: `service`. */
  readonly kind?: 'service' | 'admin' | undefined;
  readonly scopes?: readonly string[] | undefined;
}

/** Who is known by certificate. */
export interface MtlsOptions {
  /** The callers, or a function that knows them. Asked once for each certificate object of the listener. */
  readonly identities: readonly KnownIdentity[] | ((identity: PeerIdentity) => Caller | undefined);
}

/**
 * Knows services by their client certificate, which the listener has verified against its authorities. A certificate of
 * nobody on the list is no credential; the listener may still have let it in.
 *
 * @throws Error that names an identity which matches nothing in particular, or the same as another
 */
export function createMtlsAuthenticator({ identities }: MtlsOptions): Authenticate {
  const identify = typeof identities === 'function' ? identities : matcher(identities);
  const known = new WeakMap<PeerCertificate, { readonly caller: Caller | undefined }>();
  return (request) => {
    const certificate = request.peerCertificate?.();
    if (certificate === undefined) {
      return undefined;
    }
    let entry = known.get(certificate);
    if (entry === undefined) {
      entry = { caller: identify(identityOf(certificate)) };
      known.set(certificate, entry);
    }
    return entry.caller;
  };
}

/** The names in a certificate. @throws Error when its alternative names cannot be read */
export function identityOf(certificate: PeerCertificate): PeerIdentity {
  const names = subjectAltNames(certificate.subjectaltname ?? '');
  const commonName: unknown = certificate.subject?.CN;
  return {
    uris: names.filter(({ type }) => type === 'URI').map(({ value }) => value),
    dnsNames: names.filter(({ type }) => type === 'DNS').map(({ value }) => value.toLowerCase()),
    // Of several common names none is the one.
    commonName: typeof commonName === 'string' ? commonName : undefined,
    certificate,
  };
}

function matcher(identities: readonly KnownIdentity[]): (identity: PeerIdentity) => Caller | undefined {
  const callers = new Map<string, Caller>();
  for (const [index, known] of identities.entries()) {
    const given = Object.entries({
      uri: known.uri,
      dns: known.dns?.toLowerCase(),
      commonName: known.commonName,
    });
    const [named, ...more] = given.filter((entry): entry is [string, string] => (entry[1] ?? '') !== '');
    if (named === undefined || more.length > 0) {
      throw new Error(`identities[${index}]: expected exactly one of uri, dns and commonName`);
    }
    const [by, name] = named;
    if (callers.has(`${by} ${name}`)) {
      throw new Error(`identities[${index}]: ${by} ${name} is on the list already; expected each name once`);
    }
    callers.set(
      `${by} ${name}`,
      Object.freeze({
        kind: known.kind ?? 'service',
        id: known.id ?? name,
        scopes: Object.freeze([...(known.scopes ?? [])]),
        actsForAnyone: true,
      }),
    );
  }
  return ({ uris, dnsNames, commonName }) => {
    const alternatives = [...uris.map((uri) => `uri ${uri}`), ...dnsNames.map((name) => `dns ${name}`)];
    const names =
      alternatives.length === 0 && commonName !== undefined ? [`commonName ${commonName}`] : alternatives;
    const [found, ...others] = new Set(
      names.map((name) => callers.get(name)).filter((one) => one !== undefined),
    );
    // A certificate of two known callers is of neither.
    return others.length === 0 ? found : undefined;
  };
}
