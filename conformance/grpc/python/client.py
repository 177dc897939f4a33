"""Calls every method of a library's service that the test serves, with grpcio, and prints what it saw as JSON.

Messages are wrappers: on the wire, a message whose field 1 is a string or a number is one, too, so that no code has to be
generated.
"""

import argparse
import json
import queue
import sys
from collections import Counter

import grpc
from google.protobuf.wrappers_pb2 import BytesValue, Int32Value, StringValue
from grpc_status import rpc_status

LARGE = "0123456789abcdef" * (3 << 16)
"""Three MiB, which is more than any window at first."""
LONG = 120


class Client:
    def __init__(self, channel):
        def method(kind, name, request, response):
            return getattr(channel, kind)(
                "/library.v1.LibraryService/" + name,
                request_serializer=request.SerializeToString,
                response_deserializer=response.FromString,
            )

        self.get_book = method("unary_unary", "GetBook", StringValue, BytesValue)
        self.return_book = method("unary_unary", "ReturnBook", StringValue, Int32Value)
        self.wait = method("unary_unary", "Wait", Int32Value, Int32Value)
        self.export_books = method("unary_stream", "ExportBooks", Int32Value, BytesValue)
        self.watch_book = method("unary_stream", "WatchBook", StringValue, Int32Value)
        self.import_books = method("stream_unary", "ImportBooks", StringValue, Int32Value)
        self.ask = method("stream_stream", "Ask", StringValue, StringValue)

    def unary(self):
        answer, call = self.get_book.with_call(StringValue(value="dune"), timeout=LONG)
        return {
            "id": id_of(answer),
            "header": [value for name, value in call.initial_metadata() if name == "x-shelf"],
            "trailer": [value for name, value in call.trailing_metadata() if name == "x-copies"],
        }

    def refusal(self):
        error = failure(lambda: self.get_book(StringValue(value="nowhere"), timeout=LONG))
        status = rpc_status.from_call(error)
        return {
            "code": error.code().value[0],
            "message": status.message,
            "details": [one.type_url for one in status.details],
        }

    def server_stream(self):
        return sum(1 for _ in self.export_books(Int32Value(value=2000), timeout=LONG))

    def client_stream(self):
        books = (StringValue(value=f"book {at}") for at in range(500))
        return self.import_books(books, timeout=LONG).value

    def dialogue(self, questions, **how):
        """Asks each question only when the answer to the one before has come."""
        asked = queue.SimpleQueue()
        answers = self.ask(iter(asked.get, None), timeout=LONG, **how)
        said = []
        for question in questions:
            asked.put(StringValue(value=question))
            said.append(next(answers).value)
        asked.put(None)
        assert next(answers, None) is None
        return said

    def gzip(self):
        how = {"compression": grpc.Compression.Gzip}
        return {
            "unary": len(id_of(self.get_book(StringValue(value="large"), timeout=LONG, **how))),
            "stream": len(self.dialogue([LARGE], **how)[0]),
        }

    def deadline(self):
        return failure(lambda: self.wait(Int32Value(value=60_000), timeout=0.2)).code().value[0]

    def cancelled(self):
        answers = self.watch_book(StringValue(value="dune"), timeout=LONG)
        next(answers)
        answers.cancel()
        return failure(lambda: next(answers)).code().value[0]

    def at_once(self):
        """More than one connection takes, so that some wait for others to end."""
        calls = [self.get_book.future(StringValue(value="dune"), timeout=LONG) for _ in range(500)]
        return Counter(call.code().name for call in calls)


def id_of(answer):
    """The first field of the answer is a book, and the first one of that its id."""
    return StringValue.FromString(answer.value).value


def failure(call):
    try:
        call()
    except grpc.RpcError as error:
        return error
    raise AssertionError("the call went well; expected an error")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cert", help="certificate of the server, in PEM; without one it is called in the clear")
    parser.add_argument("address")
    arguments = parser.parse_args()
    options = [("grpc.max_receive_message_length", 16 << 20)]
    if arguments.cert is None:
        channel = grpc.insecure_channel(arguments.address, options)
    else:
        with open(arguments.cert, "rb") as file:
            credentials = grpc.ssl_channel_credentials(file.read())
        channel = grpc.secure_channel(arguments.address, credentials, options)
    with channel:
        client = Client(channel)
        seen = {
            "unary": client.unary(),
            "refusal": client.refusal(),
            "serverStream": client.server_stream(),
            "clientStream": client.client_stream(),
            "bidi": client.dialogue(["a", "b", "c"]),
            "largeAnswer": len(id_of(client.get_book(StringValue(value="large"), timeout=LONG))),
            "largeRequest": client.return_book(StringValue(value=LARGE), timeout=LONG).value,
            "largeBoth": [len(answer) for answer in client.dialogue([LARGE, LARGE, LARGE])],
            "gzip": client.gzip(),
            "deadline": client.deadline(),
            "cancelled": client.cancelled(),
            "atOnce": client.at_once(),
        }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
