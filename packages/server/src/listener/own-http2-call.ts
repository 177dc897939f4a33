import type { Socket } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorCode, type RequestHead, type ServerStream, type StreamReceiver } from '@traffic-tacos/http2';
import {
  concatFields,
  type FieldBlock,
  type Fields,
  type HttpCall,
  type HttpReader,
  type HttpReceiver,
  type HttpWriter,
} from '../dispatch/index.ts';
import { type CallKeepers, EngineCall } from './engine-call.ts';
import { dateFields } from './http-date.ts';
import { PulledBody } from './pulled-body.ts';
import { targetOf } from './target.ts';
import { verifiedCertificate } from './verified-certificate.ts';

const EMPTY = Buffer.alloc(0);
const WRITTEN = Promise.resolve();

/** One request of our own HTTP/2, which its engine tells about itself. A class, because there is one for each. */
export class OwnHttp2Call extends EngineCall implements HttpCall, StreamReceiver {
  readonly #stream: ServerStream;
  readonly #head: RequestHead;
  /** What a reader reads. */
  #body: PulledBody | undefined;
  /** Goes on when there is room for more of the answer. */
  #proceed: (() => void) | undefined;

  constructor(stream: ServerStream, keepers: CallKeepers) {
    const { head } = stream;
    super(head.method, targetOf(head.path), keepers);
    this.#stream = stream;
    this.#head = head;
  }

  peerCertificate(): PeerCertificate | undefined {
    return verifiedCertificate(this.#stream.connection.socket as Socket);
  }

  get peer(): string | undefined {
    return this.#stream.connection.peer;
  }

  header(name: string): string | undefined {
    return this.#head.get(name);
  }

  headers(): Headers {
    const { fields } = this.#head;
    const headers = new Headers();
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at] as string;
      if (!headers.has(name)) {
        headers.set(name, this.#head.get(name) ?? '');
      }
    }
    return headers;
  }

  url(): string {
    const { scheme, authority, path } = this.#head;
    return `${scheme}://${authority}${path}`;
  }

  /** Receives the body. */
  receive(receiver: HttpReceiver | HttpReader): void {
    const stream = this.#stream;
    if (!stream.isRequestEnded && waitsForLeave(this.#head)) {
      stream.inform(100);
    }
    if (receiver.maxBodyBytes === undefined) {
      this.#read(receiver);
    } else if (receiver.maxBodyBytes === 0) {
      this.reader = receiver;
      receiver.received(EMPTY);
    } else {
      this.receiver = receiver;
      this.watch.start(this);
    }
  }

  #read(reader: HttpReader): void {
    const body = new PulledBody(this.#stream);
    this.reader = reader;
    this.#body = body;
    if (!reader.isOpenEnded) {
      this.watch.start(this);
    }
    reader.opened(body);
  }

  // What the engine tells.

  override data(chunk: Buffer): void {
    if (this.#body === undefined) {
      super.data(chunk);
    } else {
      this.#body.push(chunk);
    }
  }

  override end(): void {
    if (!this.isAnswered) {
      this.watch.pause(this);
    }
    if (this.#body === undefined) {
      super.end();
    } else {
      this.#body.end();
    }
  }

  drained(): void {
    const proceed = this.#proceed;
    this.#proceed = undefined;
    proceed?.();
  }

  override closed(): void {
    this.#body?.fail(new ConnectError('the client has given up', Code.Canceled));
    super.closed();
    this.drained();
  }

  // What is answered.

  send(
    status: number,
    block: FieldBlock,
    own: Fields | undefined,
    body: Uint8Array | undefined,
    trailers?: FieldBlock,
  ): void {
    const stream = this.#stream;
    if (this.isAnswered || stream.isClosed) {
      return;
    }
    // Only gRPC has trailers, and in gRPC nobody looks at a date.
    const fields = trailers === undefined ? concatFields(own, dateFields()) : own;
    // The engine may tell of the end at once.
    this.isAnswered = true;
    try {
      stream.respond(status, block, fields, body, trailers);
    } catch (reason) {
      this.isAnswered = false;
      throw reason;
    }
    this.#leaves();
  }

  open(status: number, block: FieldBlock, own: Fields | undefined): HttpWriter {
    this.#stream.open(status, block, concatFields(own, dateFields()));
    this.isAnswered = true;
    this.isOpen = true;
    return {
      write: (bytes) =>
        this.#stream.isClosed || this.#stream.write(bytes)
          ? WRITTEN
          : new Promise((resolve) => {
              this.#proceed = resolve;
            }),
      end: (trailers) => {
        this.isOpen = false;
        this.#stream.end(trailers);
        this.#leaves();
      },
    };
  }

  /** The answer is complete. What is left of it, and of the request, may take as long as a request may. */
  #leaves(): void {
    if (!this.#stream.isClosed) {
      this.#body?.discard();
      this.watch.start(this);
    }
  }

  reset(): void {
    this.#stream.reset(ErrorCode.CANCEL);
  }
}

/** The client sends the body once it is told to. */
function waitsForLeave(head: RequestHead): boolean {
  return head.get('expect')?.toLowerCase() === '100-continue';
}
