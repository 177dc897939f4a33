import { put, table, type Write } from '../store/index.ts';

/** Something that somebody did to the running system. */
export interface AuditEntry {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Kind and id of the caller, such as `admin:ops`. */
  readonly by: string;
  readonly kind: 'config' | 'operation' | 'emergency';
  /** What it was done to, such as `queue/admission_rate`. */
  readonly subject: string;
  /** The value or state before, and after. */
  readonly before: string;
  readonly after: string;
  /** As it was given. */
  readonly reason: string;
}

/** Everything that was done to the running system, oldest first in the order of the keys. */
export const auditTable = table<AuditEntry>('audit');

/** The write that keeps an entry: it belongs into the transaction of what it tells of. */
export function audit(entry: AuditEntry): Write {
  return put(auditTable, `${String(entry.at).padStart(15, '0')}/${entry.id}`, entry, { if: 'absent' });
}
