import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type {
  FieldBlock,
  Fields,
  HttpCall,
  HttpReader,
  HttpReceiver,
  HttpWriter,
} from '../dispatch/index.ts';
import { isBodiless } from './bodiless.ts';
import { type CallKeepers, EngineCall } from './engine-call.ts';
import { discardRest, nodeBody } from './node-body.ts';
import { streamWriter } from './stream-writer.ts';
import { targetOf } from './target.ts';
import type { TurnResponse } from './turns.ts';
import { verifiedCertificate } from './verified-certificate.ts';
import { webHeaders } from './web-headers.ts';

const EMPTY = Buffer.alloc(0);
/** Bytes up to which a body is copied rather than written by itself. */
const SHORT_BODY = 4096;

/** A request that carries a call. */
interface CallRequest extends IncomingMessage {
  call?: Http1Call;
}

/** One request of `node:http`. A class, because there is one for each; its listeners are shared by all. */
export class Http1Call extends EngineCall implements HttpCall {
  readonly #request: CallRequest;
  readonly #response: TurnResponse;

  constructor(request: IncomingMessage, response: ServerResponse, keepers: CallKeepers) {
    super(request.method ?? '', targetOf(request.url ?? ''), keepers);
    this.#request = request;
    this.#response = response;
  }

  peerCertificate(): PeerCertificate | undefined {
    return verifiedCertificate(this.#request.socket);
  }

  get peer(): string | undefined {
    return this.#request.socket.remoteAddress;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  }

  headers(): Headers {
    return webHeaders(this.#request.headers);
  }

  url(): string {
    const scheme = (this.#request.socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
    return `${scheme}://${this.header('host') ?? ''}${this.#request.url ?? ''}`;
  }

  /** Receives the body. */
  receive(receiver: HttpReceiver | HttpReader): void {
    this.#request.call = this;
    this.#response.onClosed = this;
    if (receiver.maxBodyBytes === undefined) {
      this.reader = receiver;
      this.#request.on('error', ignore);
      this.#response.once('finish', () => this.#discard());
      receiver.opened(nodeBody(this.#request));
      return;
    }
    this.receiver = receiver;
    if (receiver.maxBodyBytes === 0) {
      this.#request.resume();
      receiver.received(EMPTY);
      return;
    }
    this.#request.on('data', onData);
    this.#request.on('end', onEnd);
  }

  send(
    status: number,
    block: FieldBlock,
    own: Fields | undefined,
    body: Uint8Array = EMPTY,
    trailers?: FieldBlock,
  ): void {
    if (this.isAnswered || this.#response.destroyed) {
      return;
    }
    // Trailers are for bodies whose length nobody has said.
    const fields =
      trailers !== undefined || isBodiless(status)
        ? [...block.fields]
        : [...block.fields, 'content-length', String(body.length)];
    if (own !== undefined) {
      fields.push(...own);
    }
    // Throws for what HTTP cannot carry, and something else can be sent instead.
    this.#response.writeHead(status, fields);
    this.isAnswered = true;
    this.watch.start(this);
    // Node keeps back the body of an answer to HEAD, whose length is that of the answer to GET. It puts head and body
    // into one write when both are text, which for short ones is faster than two; in Latin-1 each byte is a character.
    if (trailers !== undefined) {
      this.#response.addTrailers(pairs(trailers.fields));
      this.#response.end(body);
    } else if (body.length > 0 && body.length <= SHORT_BODY) {
      this.#response.end(latin1(body), 'latin1');
    } else {
      this.#response.end(body);
    }
  }

  open(status: number, block: FieldBlock, own: Fields | undefined): HttpWriter {
    // A whole answer is never written to a response that is over; of the pieces of this one some may be.
    this.#response.on('error', ignore);
    if (!this.#response.destroyed) {
      this.#response.writeHead(status, own === undefined ? [...block.fields] : [...block.fields, ...own]);
    }
    this.isAnswered = true;
    this.isOpen = true;
    if (!this.#response.destroyed) {
      // Otherwise the head waits for the first piece.
      this.#response.flushHeaders();
    }
    return streamWriter(this.#response, (trailers) => {
      this.isOpen = false;
      if (trailers !== undefined && !this.#response.destroyed) {
        this.#response.addTrailers(pairs(trailers.fields));
      }
    });
  }

  /** The answer is complete, what is left of the request is not wanted. */
  #discard(): void {
    if (!this.#request.readableEnded) {
      this.watch.start(this);
      discardRest(this.#request);
    }
  }

  reset(): void {
    this.#response.destroy();
  }
}

function onData(this: CallRequest, chunk: Buffer): void {
  this.call?.data(chunk);
}

function onEnd(this: CallRequest): void {
  this.call?.end();
}

function ignore(): void {
  // The response closes, too, which is what counts.
}

function latin1(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1');
}

function pairs(fields: Fields): [string, string][] {
  const list: [string, string][] = [];
  for (let at = 0; at < fields.length; at += 2) {
    list.push([fields[at] as string, fields[at + 1] as string]);
  }
  return list;
}
