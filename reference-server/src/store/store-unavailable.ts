/**
 * The store is closed, or can no longer keep its promises (disk full, damaged file, lost worker). Every
 * pending and later call is refused with this. A transaction that was pending may or may not have been
 * applied; one that was acknowledged has been.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
