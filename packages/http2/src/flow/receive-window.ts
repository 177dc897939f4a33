/** What a client may send still, of one body or of all: what it has used up is granted again in large steps. */
export class ReceiveWindow {
  #left: number;
  #size: number;
  /** Taken and not granted again yet. */
  #taken = 0;

  constructor(size: number) {
    this.#left = size;
    this.#size = size;
  }

  /** The client has sent something. @returns false when that was more than it was granted */
  receive(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /** What came has been taken. @returns by how much the client is to be granted more, 0 most of the time */
  take(bytes: number): number {
    this.#taken += bytes;
    if (this.#taken * 2 < this.#size) {
      return 0;
    }
    const grant = this.#taken;
    this.#taken = 0;
    this.#left += grant;
    return grant;
  }

  /** The size changes as the client has been told by a setting: nothing is to be granted for that. */
  resize(size: number): void {
    this.#left += size - this.#size;
    this.#size = size;
  }
}
