// Verifies and makes DSSE envelopes with the library of the DSSE specification's authors, so that ours are not only read by
// what wrote them.
//
//	dsse verify PUBLIC_KEY_DER_BASE64 < envelope   prints the payload
//	dsse sign PRIVATE_SEED_BASE64 < payload        prints an envelope
package main

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

const payloadType = "application/vnd.in-toto+json"

type key struct {
	public  ed25519.PublicKey
	private ed25519.PrivateKey
}

func (k key) KeyID() (string, error) {
	der, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

func (k key) Public() crypto.PublicKey { return k.public }

func (k key) Verify(_ context.Context, data, signature []byte) error {
	if ed25519.Verify(k.public, data, signature) {
		return nil
	}
	return errors.New("the signature does not fit")
}

func (k key) Sign(_ context.Context, data []byte) ([]byte, error) {
	return ed25519.Sign(k.private, data), nil
}

func run(verb, text string) error {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	if verb == "sign" {
		private := ed25519.NewKeyFromSeed(raw)
		signer, err := dsse.NewEnvelopeSigner(key{private.Public().(ed25519.PublicKey), private})
		if err != nil {
			return err
		}
		envelope, err := signer.SignPayload(context.Background(), payloadType, input)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(envelope)
	}
	parsed, err := x509.ParsePKIXPublicKey(raw)
	if err != nil {
		return err
	}
	public, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return errors.New("expected an ed25519 key")
	}
	verifier, err := dsse.NewEnvelopeVerifier(key{public: public})
	if err != nil {
		return err
	}
	var envelope dsse.Envelope
	if err := json.Unmarshal(input, &envelope); err != nil {
		return err
	}
	if _, err := verifier.Verify(context.Background(), &envelope); err != nil {
		return err
	}
	if envelope.PayloadType != payloadType {
		return fmt.Errorf("payload type %q", envelope.PayloadType)
	}
	payload, err := envelope.DecodeB64Payload()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(payload)
	return err
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: dsse verify|sign KEY")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
