// An echo server over pion/dtls, of one cipher suite and one credential.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"sync"

	"github.com/pion/dtls/v2"
)

// Sessions for resumption by ID, in memory.
type store struct {
	sync.Mutex
	kept map[string]dtls.Session
}

func (s *store) Set(key []byte, session dtls.Session) error {
	s.Lock()
	defer s.Unlock()
	s.kept[string(key)] = session
	return nil
}

func (s *store) Get(key []byte) (dtls.Session, error) {
	s.Lock()
	defer s.Unlock()
	return s.kept[string(key)], nil
}

func (s *store) Del(key []byte) error {
	s.Lock()
	defer s.Unlock()
	delete(s.kept, string(key))
	return nil
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	port := flag.Int("port", 0, "of 127.0.0.1")
	suite := flag.Uint("suite", 0, "code point of the cipher suite")
	identity := flag.String("identity", "", "of the pre-shared key")
	psk := flag.String("psk", "", "pre-shared key")
	chain := flag.String("cert", "", "PEM of the chain")
	key := flag.String("key", "", "PEM of the key")
	authority := flag.String("ca", "", "PEM of the clients' root: clients must then show a certificate")
	mtu := flag.Int("mtu", 0, "of its datagrams")
	resume := flag.Bool("resume", false, "keep sessions")
	protocol := flag.String("alpn", "", "application protocol")
	flag.Parse()

	config := &dtls.Config{
		CipherSuites:         []dtls.CipherSuiteID{dtls.CipherSuiteID(*suite)},
		ExtendedMasterSecret: dtls.RequireExtendedMasterSecret,
		MTU:                  *mtu,
	}
	if *psk != "" {
		config.PSKIdentityHint = []byte("a hint")
		config.PSK = func(told []byte) ([]byte, error) {
			if string(told) != *identity {
				return nil, errors.New("unknown identity")
			}
			return []byte(*psk), nil
		}
	} else {
		own, err := tls.LoadX509KeyPair(*chain, *key)
		check(err)
		config.Certificates = []tls.Certificate{own}
	}
	if *authority != "" {
		pem, err := os.ReadFile(*authority)
		check(err)
		config.ClientCAs = x509.NewCertPool()
		config.ClientCAs.AppendCertsFromPEM(pem)
		config.ClientAuth = dtls.RequireAndVerifyClientCert
	}
	if *protocol != "" {
		config.SupportedProtocols = []string{*protocol}
	}
	if *resume {
		config.SessionStore = &store{kept: map[string]dtls.Session{}}
	}
	listener, err := dtls.Listen("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: *port}, config)
	check(err)
	for {
		peer, err := listener.Accept()
		if err != nil {
			fmt.Println("refused:", err)
			continue
		}
		fmt.Println("connected")
		go func() {
			defer peer.Close()
			data := make([]byte, 4096)
			for {
				length, err := peer.Read(data)
				if err != nil {
					fmt.Println("ended:", err)
					return
				}
				if _, err := peer.Write(data[:length]); err != nil {
					return
				}
			}
		}()
	}
}
