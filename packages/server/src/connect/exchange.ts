import type { PeerCertificate } from 'node:tls';
import type { Message } from '@bufbuild/protobuf';
import { ConnectError, type ContextKey, createContextKey, type HandlerContext } from '@connectrpc/connect';
import type { Codec } from '../dispatch/codec.ts';
import { isOfServer } from '../dispatch/fields.ts';
import type { Exchange } from '../pipeline/exchange.ts';

/** What is known of a request before connect-es sees it. */
export interface RequestInfo {
  readonly traceId: string;
  readonly peer: string | undefined;
  readonly peerCertificate: () => PeerCertificate | undefined;
  readonly reset: () => void;
  /** Told the name of a header of the answer whose value HTTP cannot carry. */
  readonly unsendable: (header: string) => void;
  /** Set when the pipeline has seen the call, and has logged it. */
  served: boolean;
}

/** Under this key a handler of connect-es finds its request. */
export const requestInfoKey: ContextKey<RequestInfo | undefined> = createContextKey<RequestInfo | undefined>(
  undefined,
  {
    description: 'request info',
  },
);

/** Writes answers in either format. */
export interface AnswerCodecs {
  readonly binary: Pick<Codec, 'encode'>;
  readonly json: Pick<Codec, 'encode'>;
}

/** A call that came in through connect-es, which keeps its own headers apart from those of the handler. */
export interface ConnectExchange extends Exchange {
  /** The answer begins: its header goes to connect-es. */
  begin(): void;
  /** The answer has ended: its trailer goes to connect-es. */
  end(): void;
  /**
   * connect-es has its own words for an answer that it cannot write, and nobody learns why. So it is written twice,
   * which is little beside what else connect-es does with it.
   */
  checkAnswer(answer: Message): void;
}

/** The exchange of a handler of connect-es. */
export function connectExchange(context: HandlerContext, codecs: AnswerCodecs): ConnectExchange {
  const info = context.values.get(requestInfoKey);
  if (info === undefined) {
    throw new TypeError('A call of connect-es came in without its request');
  }
  info.served = true;
  let watch: (() => void) | undefined;
  let { traceId } = info;
  let begun = false;
  const header = new Headers();
  const trailer = new Headers();
  const begin = (): void => {
    if (!begun) {
      begun = true;
      handOn(header, context.responseHeader);
    }
  };
  const codec = isJson(context) ? codecs.json : codecs.binary;
  return {
    begin,
    checkAnswer: (answer) => {
      codec.encode(answer, 0);
    },
    end: () => {
      begin();
      handOn(trailer, context.responseTrailer);
    },
    caller: undefined,
    peer: info.peer,
    peerCertificate: info.peerCertificate,
    get traceId() {
      return traceId;
    },
    set traceId(adopted) {
      traceId = adopted;
      context.responseHeader.set('x-trace-id', adopted);
    },
    reset: info.reset,
    protocol: context.protocolName,
    requestMethod: context.requestMethod,
    url: context.url,
    timeoutMs: context.timeoutMs(),
    values: context.values,
    header: context.requestHeader,
    requestHeader: context.requestHeader,
    responseHeader: header,
    responseTrailer: trailer,
    watchCancel: (listener) => {
      const { signal } = context;
      watch = (): void => {
        // connect-es also aborts when the time that the client gave is up: that is a deadline, which the
        // pipeline measures itself.
        if (!isDeadline(signal.reason)) {
          listener.callerGone();
        }
      };
      if (signal.aborted) {
        watch();
      } else {
        signal.addEventListener('abort', watch, { once: true });
      }
    },
    unwatchCancel: () => {
      if (watch !== undefined) {
        context.signal.removeEventListener('abort', watch);
      }
    },
  };
}

function isJson({ requestHeader, requestMethod, url }: HandlerContext): boolean {
  return requestMethod === 'GET'
    ? new URL(url).searchParams.get('encoding') === 'json'
    : requestHeader.get('content-type')?.includes('json') === true;
}

/** What the protocol has to say of an answer stays as connect-es has put it. */
function handOn(from: Headers, to: Headers): void {
  for (const [name, value] of from) {
    if (!isOfServer(name)) {
      to.append(name, value);
    }
  }
}

/** A failure whose metadata says nothing that is the server's to say. */
export function withoutOwnFields(reason: unknown): unknown {
  if (reason instanceof ConnectError) {
    for (const name of [...reason.metadata.keys()].filter(isOfServer)) {
      reason.metadata.delete(name);
    }
  }
  return reason;
}

const DEADLINE_EXCEEDED = 4;

function isDeadline(reason: unknown): boolean {
  return (
    typeof reason === 'object' && reason !== null && 'code' in reason && reason.code === DEADLINE_EXCEEDED
  );
}
