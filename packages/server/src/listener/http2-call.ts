import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { PeerCertificate } from 'node:tls';
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
import { headOf, sharedHeadOf, trailersOf } from './http2-fields.ts';
import type { SessionUse } from './idle-sessions.ts';
import { discardRest, nodeBody } from './node-body.ts';
import { streamWriter } from './stream-writer.ts';
import { targetOf } from './target.ts';
import { verifiedCertificate } from './verified-certificate.ts';
import { webHeaders } from './web-headers.ts';

/** A stream that carries a call. */
interface CallStream extends ServerHttp2Stream {
  call?: Http2Call;
}

/** With trailers to come, which only gRPC has, and in gRPC nobody looks at a date. */
const WITH_TRAILERS = { waitForTrailers: true, sendDate: false };
const WITH_TRAILERS_LAST = { waitForTrailers: true };
const WITHOUT_BODY = { endStream: true };
const WITH_BODY_ONLY = {};
const EMPTY = Buffer.alloc(0);

/** One request of `node:http2`. A class, because there is one for each; its listeners are shared by all. */
export class Http2Call extends EngineCall implements HttpCall {
  readonly #stream: CallStream;
  readonly #headers: IncomingHttpHeaders;
  readonly #use: SessionUse | undefined;
  #trailers: FieldBlock | undefined;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    keepers: CallKeepers,
    use: SessionUse | undefined,
  ) {
    super(headers[':method'] ?? '', targetOf(headers[':path'] ?? ''), keepers);
    this.#stream = stream;
    this.#headers = headers;
    this.#use = use;
  }

  peerCertificate(): PeerCertificate | undefined {
    return verifiedCertificate(this.#stream.session?.socket);
  }

  get peer(): string | undefined {
    return this.#use === undefined ? this.#stream.session?.socket.remoteAddress : this.#use.peer;
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  }

  headers(): Headers {
    return webHeaders(this.#headers);
  }

  url(): string {
    const { ':scheme': scheme = 'http', ':authority': authority = this.header('host') ?? '' } = this.#headers;
    return `${scheme}://${authority}${this.#headers[':path'] ?? ''}`;
  }

  /** Receives the body. */
  receive(receiver: HttpReceiver | HttpReader): void {
    const stream = this.#stream;
    // The client may have given up in the same breath.
    if (this.#headers.expect?.toLowerCase() === '100-continue' && !stream.destroyed && !stream.closed) {
      stream.additionalHeaders({ ':status': constants.HTTP_STATUS_CONTINUE });
    }
    stream.call = this;
    stream.on('error', ignore);
    stream.on('close', onClose);
    if (receiver.maxBodyBytes === undefined) {
      this.reader = receiver;
      if (!receiver.isOpenEnded && !stream.endAfterHeaders) {
        this.watch.start(this);
      }
      stream.on('end', onEnd);
      stream.on('finish', onFinish);
      // A stream that was reset ends, too, wherever it was.
      receiver.opened(
        nodeBody(stream, () => !stream.aborted && stream.rstCode === constants.NGHTTP2_NO_ERROR),
      );
      return;
    }
    this.receiver = receiver;
    if (receiver.maxBodyBytes === 0) {
      stream.resume();
      receiver.received(EMPTY);
      return;
    }
    stream.on('data', onData);
    stream.on('end', onEnd);
    this.watch.start(this);
  }

  send(
    status: number,
    block: FieldBlock,
    own: Fields | undefined,
    content: Uint8Array | undefined,
    trailers?: FieldBlock,
  ): void {
    const stream = this.#stream;
    if (this.isAnswered || stream.destroyed || stream.closed) {
      return;
    }
    // Node ends such a stream with its head.
    const body = this.method === 'HEAD' || isBodiless(status) ? undefined : content;
    const isShared = trailers !== undefined && own === undefined && status === 200;
    const head = isShared ? sharedHeadOf(block) : headOf(status, block, own);
    const ending =
      trailers !== undefined ? WITH_TRAILERS : body === undefined ? WITHOUT_BODY : WITH_BODY_ONLY;
    // Throws for what HTTP cannot carry, and something else can be sent instead.
    stream.respond(head, ending);
    this.isAnswered = true;
    this.watch.start(this);
    if (trailers !== undefined) {
      this.#trailers = trailers;
      stream.on('wantTrailers', onWantTrailers);
      stream.end(body ?? EMPTY);
    } else if (body !== undefined) {
      stream.end(body);
    }
  }

  open(status: number, block: FieldBlock, own: Fields | undefined): HttpWriter {
    const stream = this.#stream;
    if (!stream.destroyed && !stream.closed) {
      stream.respond(headOf(status, block, own), WITH_TRAILERS_LAST);
      stream.on('wantTrailers', onWantTrailers);
    }
    this.isAnswered = true;
    this.isOpen = true;
    return streamWriter(stream, (trailers) => {
      this.isOpen = false;
      this.#trailers = trailers;
    });
  }

  reset(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  override end(): void {
    // A stream that was reset ends, too, wherever it was.
    if (this.#stream.closed) {
      return;
    }
    if (!this.isAnswered) {
      this.watch.pause(this);
    }
    super.end();
  }

  /** The answer is complete. */
  finished(): void {
    if (!this.#stream.readableEnded) {
      this.watch.start(this);
      discardRest(this.#stream);
    }
  }

  override closed(): void {
    this.#use?.closed();
    super.closed();
  }

  wantTrailers(): void {
    this.#stream.sendTrailers(this.#trailers === undefined ? {} : trailersOf(this.#trailers));
  }
}

function onData(this: CallStream, chunk: Buffer): void {
  this.call?.data(chunk);
}

function onEnd(this: CallStream): void {
  this.call?.end();
}

function onClose(this: CallStream): void {
  this.call?.closed();
}

function onFinish(this: CallStream): void {
  this.call?.finished();
}

function onWantTrailers(this: CallStream): void {
  this.call?.wantTrailers();
}

function ignore(): void {
  // The stream closes, too, which is what counts.
}
