// Command soak answers requests with a name, or sends them as fast as answers come.
//
//	soak serve NAME PORT
//	soak load URL CONNECTIONS
//
// The load prints a line of JSON a second, {"total": 4000, "failed": 0, "answers": {"vm": 3000, "pods": 1000}}, and ends
// at SIGTERM: what is under way is still answered and counted. An error, a timeout of 5 s or a status other than 200 is a failure, with
// its reason for the first of them; nothing is tried twice.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const reasonsKept = 20

type totals struct {
	Total   int64            `json:"total"`
	Failed  int64            `json:"failed"`
	Answers map[string]int64 `json:"answers"`
	Reasons []string         `json:"reasons,omitempty"`
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "serve" {
		serve(os.Args[2], os.Args[3])
	}
	if len(os.Args) == 4 && os.Args[1] == "load" {
		load(os.Args[2], number(os.Args[3]))
		return
	}
	fmt.Fprintln(os.Stderr, "usage: soak serve NAME PORT | soak load URL CONNECTIONS")
	os.Exit(2)
}

func number(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < 1 {
		fmt.Fprintf(os.Stderr, "%q is not a number above 0\n", text)
		os.Exit(2)
	}
	return value
}

func serve(name, port string) {
	answer := []byte(name)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(answer) })
	fmt.Fprintln(os.Stderr, http.ListenAndServe(":"+port, handler))
	os.Exit(1)
}

func load(url string, connections int64) {
	client := &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: int(connections), MaxConnsPerHost: int(connections)},
	}
	var mutex sync.Mutex
	seen := totals{Answers: map[string]int64{}}
	print := func() {
		mutex.Lock()
		defer mutex.Unlock()
		json.NewEncoder(os.Stdout).Encode(seen)
	}
	var stopped atomic.Bool
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals
		stopped.Store(true)
	}()
	ticker := time.NewTicker(time.Second)
	go func() {
		for range ticker.C {
			print()
		}
	}()
	var workers sync.WaitGroup
	for range connections {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for !stopped.Load() {
				who, err := ask(client, url)
				mutex.Lock()
				seen.Total++
				if err == nil {
					seen.Answers[who]++
				} else {
					seen.Failed++
					if len(seen.Reasons) < reasonsKept {
						seen.Reasons = append(seen.Reasons, time.Now().UTC().Format(time.RFC3339Nano)+" "+err.Error())
					}
				}
				mutex.Unlock()
			}
		}()
	}
	workers.Wait()
	ticker.Stop()
	print()
}

func ask(client *http.Client, url string) (string, error) {
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 200))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("HTTP %d %s", response.StatusCode, body)
	}
	return string(body), err
}
