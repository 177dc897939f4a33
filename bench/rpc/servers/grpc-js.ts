/** grpc-js, with the messages of protobuf-es as its own codec. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import {
  type GetBookRequest,
  GetBookRequestSchema,
  type GetBookResponse,
  GetBookResponseSchema,
} from '../../../packages/server/src/testdata/gen/library/v1/library_pb.js';
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
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) {
    throw error;
  }
  serving(port);
});
