import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { Exchange } from '../pipeline/exchange.ts';

/** A response as connect-es wants it; its headers exist only if the client asks for them. */
export class LocalResponse<Stream extends boolean, Method extends DescMethod, M> {
  readonly stream: Stream;
  readonly method: Method;
  readonly message: M;
  readonly #exchange: Exchange;

  constructor(stream: Stream, method: Method, message: M, exchange: Exchange) {
    this.stream = stream;
    this.method = method;
    this.message = message;
    this.#exchange = exchange;
  }

  get service(): DescService {
    return this.method.parent;
  }
  get header(): Headers {
    return this.#exchange.responseHeader;
  }
  get trailer(): Headers {
    return this.#exchange.responseTrailer;
  }
}
