import { hash } from 'node:crypto';
import type { Message } from '@bufbuild/protobuf';
import type { Caller } from '../caller.ts';
import { fieldsOf } from '../pipeline/fields.ts';
import type { MarkedField } from '../pipeline/marks.ts';
import { namedPrincipal } from '../pipeline/principal.ts';

/** Kinds of things calls are counted by; each has keys of its own. */
export const subjectKinds = ['user', 'service', 'admin', 'named', 'credential', 'address'] as const;

/** What a call is counted by. */
export type SubjectKind = (typeof subjectKinds)[number];

/** The fields of a request that tell whose call it is. */
export interface SubjectFields {
  readonly principal: MarkedField | undefined;
  readonly credential: MarkedField | undefined;
}

/** One subject; read it before the next one is looked for. */
export interface Subject {
  kind: SubjectKind;
  /** Empty for an address, which is looked for only if it is needed. */
  key: string;
}

/**
 * Longer keys are counted by their digest: what a client makes up takes no more room than that. Signed tokens of a few
 * fields are shorter; a digest costs more than all the rest of counting a call.
 */
const MAX_KEY = 160;

/**
 * Finds what a call is counted by: the user it is made for, where credentials vouch for the caller; else what the
 * request names: its user, or the field that is marked as credential; else its address. A service or an admin who acts
 * for a user is counted as that user.
 *
 * @param into - takes the result, so that looking allocates nothing
 */
export function findSubject(
  into: Subject,
  caller: Caller,
  isVerified: boolean,
  request: Message | undefined,
  { principal, credential }: SubjectFields,
): void {
  if (isVerified && caller.kind !== 'anonymous') {
    const actsFor =
      caller.actsForAnyone && principal !== undefined && request !== undefined
        ? namedPrincipal(request, principal)
        : '';
    into.kind = actsFor === '' ? caller.kind : 'user';
    into.key = compact(actsFor === '' ? caller.id : actsFor);
    return;
  }
  if (caller.id !== '') {
    into.kind = 'named';
    into.key = compact(caller.id);
    return;
  }
  const shown =
    credential === undefined || request === undefined ? undefined : fieldsOf(request)[credential.localName];
  const isShown = typeof shown === 'string' && shown !== '';
  into.kind = isShown ? 'credential' : 'address';
  into.key = isShown ? compact(shown) : '';
}

function compact(key: string): string {
  return key.length > MAX_KEY ? hash('sha256', key, 'base64url') : key;
}
