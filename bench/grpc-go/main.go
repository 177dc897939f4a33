// The peer in Go of bench/rpc.ts: a stock grpc-go server that answers a constant book.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/grpc"

	"github.com/traffic-tacos/proto-contracts/bench/grpc-go/library"
)

type server struct {
	library.UnimplementedLibraryServiceServer
}

func (server) GetBook(context.Context, *library.GetBookRequest) (*library.GetBookResponse, error) {
	return &library.GetBookResponse{Book: &library.Book{BookId: "dune", Title: "dune", Free: 3}}, nil
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	grpcServer := grpc.NewServer()
	library.RegisterLibraryServiceServer(grpcServer, server{})
	go func() {
		<-ended
		grpcServer.Stop()
	}()
	fmt.Printf("listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	if err := grpcServer.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
