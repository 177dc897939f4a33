/** grpc-js, with the messages of protobuf-es as its own codec. Argument: `tls` or nothing. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import {
  type GetBookRequest,
  GetBookRequestSchema,
  type GetBookResponse,
  GetBookResponseSchema,
} from '../../../packages/server/src/testdata/gen/library/v1/library_pb.js';
import { ownCertificate } from '../../../packages/server/src/testdata/own-certificate.ts';
import { book, path } from '../contract.ts';
import { serving } from './serve.ts';

const server = new Server();
server.addService(
  {
    getBook: {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: (message: GetBookRequest) => Buffer.from(toBinary(GetBookRequestSchema, message)),
      requestDeserialize: (bytes: Buffer) => fromBinary(GetBookRequestSchema, bytes),
      responseSerialize: (message: GetBookResponse) => Buffer.from(toBinary(GetBookResponseSchema, message)),
      responseDeserialize: (bytes: Buffer) => fromBinary(GetBookResponseSchema, bytes),
    },
  },
  {
    getBook: (
      _call: ServerUnaryCall<GetBookRequest, GetBookResponse>,
      done: sendUnaryData<GetBookResponse>,
    ) => {
      done(null, create(GetBookResponseSchema, { book }));
    },
  },
);
server.bindAsync('127.0.0.1:0', credentials(), (error, port) => {
  if (error !== null) {
    throw error;
  }
  serving(port);
});

function credentials(): ServerCredentials {
  if (process.argv[2] !== 'tls') {
    return ServerCredentials.createInsecure();
  }
  const { key, cert } = ownCertificate();
  return ServerCredentials.createSsl(null, [{ private_key: key, cert_chain: cert }]);
}
