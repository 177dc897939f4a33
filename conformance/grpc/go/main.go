// Calls every method of a library's service that the test serves, with grpc-go, and prints what it saw as JSON.
//
// Messages are wrappers: on the wire, a message whose field 1 is a string or a number is one, too, so that no code has
// to be generated.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const service = "/library.v1.LibraryService/"

type text = wrapperspb.StringValue
type number = wrapperspb.Int32Value

func main() {
	cert := flag.String("cert", "", "certificate of the server, in PEM; without one it is called in the clear")
	flag.Parse()
	transport := insecure.NewCredentials()
	if *cert != "" {
		var err error
		transport, err = credentials.NewClientTLSFromFile(*cert, "")
		must(err)
	}
	sizes := &sizes{}
	conn, err := grpc.NewClient(
		flag.Arg(0),
		grpc.WithTransportCredentials(transport),
		grpc.WithStatsHandler(sizes),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(16<<20)),
	)
	must(err)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c := client{ctx, conn, sizes}
	seen := map[string]any{
		"unary":        c.unary(),
		"refusal":      c.refusal(),
		"serverStream": c.serverStream(),
		"clientStream": c.clientStream(),
		"bidi":         c.bidi(),
		"largeAnswer":  c.largeAnswer(),
		"largeRequest": c.largeRequest(),
		"largeBoth":    c.largeBoth(),
		"gzip":         c.gzip(),
		"deadline":     c.deadline(),
		"cancelled":    c.cancelled(),
		"atOnce":       c.atOnce(),
	}
	must(json.NewEncoder(os.Stdout).Encode(seen))
}

type client struct {
	ctx   context.Context
	conn  *grpc.ClientConn
	sizes *sizes
}

// The first field of the answer is a book, and the first one of that its id.
func (c client) getBook(id string, options ...grpc.CallOption) (string, error) {
	answer := &wrapperspb.BytesValue{}
	if err := c.conn.Invoke(c.ctx, service+"GetBook", wrapperspb.String(id), answer, options...); err != nil {
		return "", err
	}
	book := &text{}
	must(proto.Unmarshal(answer.Value, book))
	return book.Value, nil
}

func (c client) unary() any {
	var header, trailer metadata.MD
	id, err := c.getBook("dune", grpc.Header(&header), grpc.Trailer(&trailer))
	must(err)
	return map[string]any{"id": id, "header": header.Get("x-shelf"), "trailer": trailer.Get("x-copies")}
}

func (c client) refusal() any {
	_, err := c.getBook("nowhere")
	refused := status.Convert(err)
	details := []string{}
	for _, one := range refused.Proto().GetDetails() {
		details = append(details, one.TypeUrl)
	}
	return map[string]any{"code": refused.Code(), "message": refused.Message(), "details": details}
}

func (c client) serverStream() any {
	stream := c.open(c.ctx, "ExportBooks", false, true)
	must(stream.SendMsg(wrapperspb.Int32(2000)))
	must(stream.CloseSend())
	count := 0
	for {
		err := stream.RecvMsg(&wrapperspb.BytesValue{})
		if err == io.EOF {
			return count
		}
		must(err)
		count++
	}
}

func (c client) clientStream() any {
	stream := c.open(c.ctx, "ImportBooks", true, false)
	for at := range 500 {
		must(stream.SendMsg(wrapperspb.String(fmt.Sprint("book ", at))))
	}
	must(stream.CloseSend())
	answer := &number{}
	must(stream.RecvMsg(answer))
	return answer.Value
}

// Each question only when the answer to the one before has come.
func (c client) bidi() any {
	stream := c.open(c.ctx, "Ask", true, true)
	answers := []string{}
	for _, question := range []string{"a", "b", "c"} {
		answers = append(answers, ask(stream, question))
	}
	must(stream.CloseSend())
	expect(stream.RecvMsg(&text{}), io.EOF)
	return answers
}

func (c client) largeAnswer() any {
	id, err := c.getBook("large")
	must(err)
	return len(id)
}

func (c client) largeRequest() any {
	answer := &number{}
	must(c.conn.Invoke(c.ctx, service+"ReturnBook", wrapperspb.String(large), answer))
	return answer.Value
}

func (c client) largeBoth() any {
	stream := c.open(c.ctx, "Ask", true, true)
	lengths := []int{}
	for range 3 {
		lengths = append(lengths, len(ask(stream, large)))
	}
	must(stream.CloseSend())
	expect(stream.RecvMsg(&text{}), io.EOF)
	return lengths
}

func (c client) gzip() any {
	*c.sizes = sizes{}
	id, err := c.getBook("large", grpc.UseCompressor("gzip"))
	must(err)
	isAnswerSmall := c.sizes.in.isSmall()
	*c.sizes = sizes{}
	stream := c.open(c.ctx, "Ask", true, true, grpc.UseCompressor("gzip"))
	answer := ask(stream, large)
	must(stream.CloseSend())
	expect(stream.RecvMsg(&text{}), io.EOF)
	return map[string]any{
		"unary":  len(id),
		"stream": len(answer),
		"small":  []bool{isAnswerSmall, c.sizes.out.isSmall(), c.sizes.in.isSmall()},
	}
}

func (c client) deadline() any {
	ctx, cancel := context.WithTimeout(c.ctx, 200*time.Millisecond)
	defer cancel()
	return status.Code(c.conn.Invoke(ctx, service+"Wait", wrapperspb.Int32(60_000), &number{}))
}

func (c client) cancelled() any {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	stream := c.open(ctx, "WatchBook", false, true)
	must(stream.SendMsg(wrapperspb.String("dune")))
	must(stream.CloseSend())
	must(stream.RecvMsg(&number{}))
	cancel()
	var err error
	for err == nil {
		err = stream.RecvMsg(&number{})
	}
	return status.Code(err)
}

// More than one connection takes, so that some wait for others to end.
func (c client) atOnce() any {
	var calls sync.WaitGroup
	results := make([]codes.Code, 500)
	for at := range results {
		calls.Go(func() {
			_, err := c.getBook("dune")
			results[at] = status.Code(err)
		})
	}
	calls.Wait()
	count := map[string]int{}
	for _, code := range results {
		count[code.String()]++
	}
	return count
}

func (c client) open(
	ctx context.Context, method string, clients, servers bool, options ...grpc.CallOption,
) grpc.ClientStream {
	desc := &grpc.StreamDesc{ClientStreams: clients, ServerStreams: servers}
	stream, err := c.conn.NewStream(ctx, desc, service+method, options...)
	must(err)
	return stream
}

func ask(stream grpc.ClientStream, question string) string {
	must(stream.SendMsg(wrapperspb.String(question)))
	answer := &text{}
	must(stream.RecvMsg(answer))
	return answer.Value
}

// Three MiB, which is more than any window at first.
var large = strings.Repeat("0123456789abcdef", 3<<16)

// Sizes of the last messages, as they were and as they were sent.
type sizes struct{ in, out size }

type size struct{ whole, sent int }

func (s size) isSmall() bool { return s.sent > 0 && s.sent < s.whole/2 }

func (s *sizes) HandleRPC(_ context.Context, event stats.RPCStats) {
	switch one := event.(type) {
	case *stats.InPayload:
		s.in = size{one.Length, one.CompressedLength}
	case *stats.OutPayload:
		s.out = size{one.Length, one.CompressedLength}
	}
}
func (*sizes) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (*sizes) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (*sizes) HandleConn(context.Context, stats.ConnStats)                       {}

func must(err error) {
	expect(err, nil)
}

func expect(err, expected error) {
	if err != expected {
		log.Panicf("%v; expected %v", err, expected)
	}
}
