package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"github.com/spf13/pflag"

	"github.com/weft-dev/weft/flow/callbacks"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/wire/broker"
)

// callbackStore says at which server callbacks are kept, where they are not kept
// with their runs.
type callbackStore struct {
	url    string
	secret string
	used   bool // a workflow registers callbacks
}

func (f *callbackStore) flags(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "callback-store", "", "the Redis server that keeps callbacks, `URL`, in place of the correlationStore of documents")
	flags.StringVar(&f.secret, "callback-store-secret", "", "where its password is, `REF`: env:NAME or file:PATH")
}

// storePatience bounds what one value may take to be kept, since others wait.
const storePatience = 5 * time.Second

// open reaches the server that keeps the callbacks of a plan; nil where they are
// kept with their runs, as those on embedded servers are.
func (f *callbackStore) open(ctx context.Context, p *plan.Plan, embedded bool) (*broker.Broker, error) {
	url := f.url
	if !embedded {
		url = cmp.Or(url, p.CallbackStore)
	}
	if url == "" {
		return nil, nil
	}
	config := broker.Config{Client: "weft", Timeout: storePatience}
	if f.secret != "" {
		user, ref, err := reference(f.secret)
		if err != nil || user != "" {
			return nil, usage("--callback-store-secret takes a reference to a secret, not the secret: env:NAME or file:PATH; the user stands in the URL, redis://USER@HOST")
		}
		config.Password = ref
	}
	server, err := broker.Open(ctx, url, config)
	if err != nil {
		return nil, fmt.Errorf("the store of callbacks: %w; --callback-store names another", err)
	}
	if _, err := server.Shelf(""); err != nil {
		_ = server.Close(ctx)
		return nil, fmt.Errorf("the store of callbacks: %w; name a Redis server, as in --callback-store redis://127.0.0.1:6379", err)
	}
	return server, nil
}

// check refuses a store that nothing is kept in.
func (f *callbackStore) check() error {
	if !f.used && (f.url != "" || f.secret != "") {
		return usage("--callback-store is for callbacks, and none is registered (x-callback-registration)")
	}
	return nil
}

// shelfOf is where a server keeps the callbacks of a workflow's runs. Whoever
// keeps the runs says which of several that is.
func shelfOf(server *broker.Broker, workflow, whose string) (*broker.Shelf, error) {
	return server.Shelf("weft:callbacks:" + workflow + ":" + whose)
}

// identityOf is a name that no other journal has.
func identityOf(ctx context.Context, store journal.Keeper) (string, error) {
	const name = "callbacks/identity"
	known, err := store.Kept(ctx, name)
	if err != nil || known != nil {
		return string(known), err
	}
	made := rand.Text()
	return made, store.Keep(ctx, name, []byte(made))
}

// keepAfar keeps the callbacks of one run at a server, and gives what is to be
// called when the command ends: what nobody can go on with is removed there.
func keepAfar(ctx context.Context, keeper *callbacks.Keeper, server *broker.Broker, p *plan.Plan, keep *keeping, run string, talk io.Writer) (func(), error) {
	shelf, err := shelfOf(server, p.Root.ID, run)
	if err == nil {
		err = keeper.Durable(ctx, shelf, p.Root.ID)
	}
	return func() {
		last := context.WithoutCancel(ctx)
		keeper.Close()
		if !keep.stays() {
			if err := keeper.Forget(last); err != nil {
				fmt.Fprintf(talk, "callbacks of this run are still kept at %s: %s\n", server.Server(), err)
			}
		}
		_ = server.Close(last) // nothing more is wanted from it
	}, err
}
