import com.google.gson.Gson;
import com.google.protobuf.Any;
import com.google.protobuf.BytesValue;
import com.google.protobuf.Int32Value;
import com.google.protobuf.Message;
import com.google.protobuf.StringValue;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.File;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Calls every method of a library's service that the test serves, with grpc-java on Netty, and prints what it saw as
 * JSON.
 *
 * <p>Messages are wrappers: on the wire, a message whose field 1 is a string or a number is one, too, so that no code has
 * to be generated.
 */
final class Client {
  /** Three MiB, which is more than any window at first. */
  private static final String LARGE = "0123456789abcdef".repeat(3 << 16);

  private static final MethodDescriptor<StringValue, BytesValue> GET_BOOK =
      method(MethodType.UNARY, "GetBook", StringValue.getDefaultInstance(), BytesValue.getDefaultInstance());
  private static final MethodDescriptor<StringValue, Int32Value> RETURN_BOOK =
      method(MethodType.UNARY, "ReturnBook", StringValue.getDefaultInstance(), Int32Value.getDefaultInstance());
  private static final MethodDescriptor<Int32Value, Int32Value> WAIT =
      method(MethodType.UNARY, "Wait", Int32Value.getDefaultInstance(), Int32Value.getDefaultInstance());
  private static final MethodDescriptor<Int32Value, BytesValue> EXPORT_BOOKS =
      method(
          MethodType.SERVER_STREAMING, "ExportBooks", Int32Value.getDefaultInstance(), BytesValue.getDefaultInstance());
  private static final MethodDescriptor<StringValue, Int32Value> WATCH_BOOK =
      method(
          MethodType.SERVER_STREAMING, "WatchBook", StringValue.getDefaultInstance(), Int32Value.getDefaultInstance());
  private static final MethodDescriptor<StringValue, Int32Value> IMPORT_BOOKS =
      method(
          MethodType.CLIENT_STREAMING, "ImportBooks", StringValue.getDefaultInstance(), Int32Value.getDefaultInstance());
  private static final MethodDescriptor<StringValue, StringValue> ASK =
      method(MethodType.BIDI_STREAMING, "Ask", StringValue.getDefaultInstance(), StringValue.getDefaultInstance());

  private final Channel channel;
  private final CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(2, TimeUnit.MINUTES);

  private Client(Channel channel) {
    this.channel = channel;
  }

  public static void main(String[] arguments) throws Exception {
    boolean isSecure = arguments[0].equals("--cert");
    NettyChannelBuilder builder = NettyChannelBuilder.forTarget(arguments[isSecure ? 2 : 0]);
    if (isSecure) {
      builder.sslContext(GrpcSslContexts.forClient().trustManager(new File(arguments[1])).build());
    } else {
      builder.usePlaintext();
    }
    ManagedChannel channel = builder.maxInboundMessageSize(16 << 20).build();
    Client client = new Client(channel);
    Map<String, Object> seen = new LinkedHashMap<>();
    seen.put("unary", client.unary());
    seen.put("refusal", client.refusal());
    seen.put("serverStream", client.serverStream());
    seen.put("clientStream", client.clientStream());
    seen.put("bidi", client.dialogue(List.of("a", "b", "c"), client.options));
    seen.put("largeAnswer", client.getBook("large", client.options).length());
    seen.put("largeRequest", client.largeRequest());
    seen.put("largeBoth", lengths(client.dialogue(List.of(LARGE, LARGE, LARGE), client.options)));
    seen.put("gzip", client.gzip());
    seen.put("deadline", client.deadline());
    seen.put("cancelled", client.cancelled());
    seen.put("atOnce", client.atOnce());
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    System.out.println(new Gson().toJson(seen));
  }

  private Object unary() throws Exception {
    AtomicReference<Metadata> header = new AtomicReference<>();
    AtomicReference<Metadata> trailer = new AtomicReference<>();
    Channel observed =
        ClientInterceptors.intercept(channel, MetadataUtils.newCaptureMetadataInterceptor(header, trailer));
    String id = new Client(observed).getBook("dune", options);
    return Map.of("id", id, "header", valuesOf(header.get(), "x-shelf"), "trailer", valuesOf(trailer.get(), "x-copies"));
  }

  private Object refusal() {
    com.google.rpc.Status status = StatusProto.fromThrowable(failure(() -> getBook("nowhere", options)));
    return Map.of(
        "code", status.getCode(),
        "message", status.getMessage(),
        "details", status.getDetailsList().stream().map(Any::getTypeUrl).toList());
  }

  private Object serverStream() {
    Iterator<BytesValue> books =
        ClientCalls.blockingServerStreamingCall(channel, EXPORT_BOOKS, options, Int32Value.of(2000));
    int count = 0;
    for (; books.hasNext(); books.next()) {
      count++;
    }
    return count;
  }

  private Object clientStream() throws Exception {
    CompletableFuture<Int32Value> answer = new CompletableFuture<>();
    StreamObserver<StringValue> books =
        ClientCalls.asyncClientStreamingCall(channel.newCall(IMPORT_BOOKS, options), new StreamObserver<Int32Value>() {
          @Override
          public void onNext(Int32Value value) {
            answer.complete(value);
          }

          @Override
          public void onError(Throwable error) {
            answer.completeExceptionally(error);
          }

          @Override
          public void onCompleted() {}
        });
    for (int at = 0; at < 500; at++) {
      books.onNext(StringValue.of("book " + at));
    }
    books.onCompleted();
    return answer.get().getValue();
  }

  private Object largeRequest() {
    return ClientCalls.blockingUnaryCall(channel, RETURN_BOOK, options, StringValue.of(LARGE)).getValue();
  }

  private Object gzip() throws Exception {
    CallOptions compressed = options.withCompression("gzip");
    return Map.of(
        "unary", getBook("large", compressed).length(),
        "stream", dialogue(List.of(LARGE), compressed).get(0).length());
  }

  private Object deadline() {
    CallOptions soon = options.withDeadlineAfter(200, TimeUnit.MILLISECONDS);
    return codeOf(failure(() -> ClientCalls.blockingUnaryCall(channel, WAIT, soon, Int32Value.of(60_000))));
  }

  private Object cancelled() throws Exception {
    Context.CancellableContext context = Context.current().withCancellation();
    Iterator<Int32Value> answers =
        context.call(
            () -> ClientCalls.blockingServerStreamingCall(channel, WATCH_BOOK, options, StringValue.of("dune")));
    answers.next();
    context.cancel(null);
    return codeOf(failure(answers::next));
  }

  /** More than one connection takes, so that some wait for others to end. */
  private Object atOnce() throws Exception {
    StringValue dune = StringValue.of("dune");
    List<Future<BytesValue>> calls = new ArrayList<>();
    for (int at = 0; at < 500; at++) {
      calls.add(ClientCalls.futureUnaryCall(channel.newCall(GET_BOOK, options), dune));
    }
    Map<String, Integer> count = new TreeMap<>();
    for (Future<BytesValue> call : calls) {
      String code = "OK";
      try {
        call.get();
      } catch (java.util.concurrent.ExecutionException failed) {
        code = Status.fromThrowable(failed).getCode().name();
      }
      count.merge(code, 1, Integer::sum);
    }
    return count;
  }

  /** Asks each question only when the answer to the one before has come. */
  private List<String> dialogue(List<String> questions, CallOptions how) throws Exception {
    LinkedBlockingQueue<Object> came = new LinkedBlockingQueue<>();
    String end = "the end";
    StreamObserver<StringValue> asked =
        ClientCalls.asyncBidiStreamingCall(channel.newCall(ASK, how), new StreamObserver<StringValue>() {
          @Override
          public void onNext(StringValue value) {
            came.add(value);
          }

          @Override
          public void onError(Throwable error) {
            came.add(error);
          }

          @Override
          public void onCompleted() {
            came.add(end);
          }
        });
    List<String> answers = new ArrayList<>();
    for (String question : questions) {
      asked.onNext(StringValue.of(question));
      answers.add(((StringValue) came.take()).getValue());
    }
    asked.onCompleted();
    Object last = came.take();
    if (last != end) {
      throw new IllegalStateException("the dialogue went on with " + last);
    }
    return answers;
  }

  /** The first field of the answer is a book, and the first one of that its id. */
  private String getBook(String id, CallOptions how) throws Exception {
    BytesValue book = ClientCalls.blockingUnaryCall(channel, GET_BOOK, how, StringValue.of(id));
    return StringValue.parseFrom(book.getValue()).getValue();
  }

  private interface Call {
    Object run() throws Exception;
  }

  private static StatusRuntimeException failure(Call call) {
    try {
      call.run();
    } catch (StatusRuntimeException failed) {
      return failed;
    } catch (Exception other) {
      throw new IllegalStateException(other);
    }
    throw new IllegalStateException("the call went well; expected an error");
  }

  private static int codeOf(StatusRuntimeException failed) {
    return failed.getStatus().getCode().value();
  }

  private static List<Integer> lengths(List<String> answers) {
    return answers.stream().map(String::length).toList();
  }

  private static List<String> valuesOf(Metadata metadata, String name) {
    Iterable<String> values = metadata.getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    List<String> list = new ArrayList<>();
    values.forEach(list::add);
    return list;
  }

  private static <Q extends Message, A extends Message> MethodDescriptor<Q, A> method(
      MethodType type, String name, Q question, A answer) {
    return MethodDescriptor.<Q, A>newBuilder(ProtoUtils.marshaller(question), ProtoUtils.marshaller(answer))
        .setType(type)
        .setFullMethodName("library.v1.LibraryService/" + name)
        .build();
  }
}
