import type { Duplex } from 'node:stream';
import type { Output } from '../output/output.ts';
import { Countdown } from './countdown.ts';

/** The end of a socket: what waits leaves, the client ends its side or is given a while for that, and it is closed. */
export class Ending {
  /** The client has ended its side. */
  hasEnd = false;
  readonly #socket: Duplex;
  readonly #output: Output;
  readonly #countdown: Countdown;

  constructor(socket: Duplex, output: Output, lingerMs: number) {
    this.#socket = socket;
    this.#output = output;
    this.#countdown = new Countdown(lingerMs);
  }

  /** Nothing more is written. However long the client takes what was, is for others to watch. */
  begin(): void {
    this.#output.end(() => this.#left());
  }

  /** Closes the socket after a while, whatever has left until then. */
  hurry(): void {
    if (!this.#countdown.isStarted) {
      this.#countdown.start(() => this.#socket.destroy());
    }
  }

  clientEnded(): void {
    this.hasEnd = true;
    if (this.#socket.writableFinished) {
      this.#socket.destroy();
    }
  }

  closed(): void {
    this.#countdown.stop();
  }

  /** What the client still sends is thrown away meanwhile: closed at once, its socket would not let it read why. */
  #left(): void {
    if (this.hasEnd) {
      this.#socket.destroy();
    } else {
      this.hurry();
    }
  }
}
