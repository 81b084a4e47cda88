//! The methods of [`Auth`](super::Auth) that a wrapper around a credential leaves to it.

/// `delegate!(field: method, ...)` inside an `impl Auth<P>` whose inner credential has the type `A`.
macro_rules! delegate {
    ($field:ident: $($method:ident),* $(,)?) => { $(delegate!(@ $field $method);)* };
    (@ $field:ident hello) => {
        fn hello(&mut self) {
            self.$field.hello();
        }
    };
    (@ $field:ident client_certificates) => {
        fn client_certificates(&self) -> CertificateTypes {
            self.$field.client_certificates()
        }
    };
    (@ $field:ident scheme) => {
        fn scheme(index: usize) -> Option<u16> {
            A::scheme(index)
        }
    };
    (@ $field:ident extensions) => {
        fn extensions(&self, sink: &mut Sink<'_, P::Hash>) {
            self.$field.extensions(sink);
        }
    };
    (@ $field:ident extension) => {
        fn extension(&mut self, kind: ExtensionType, body: &[u8]) -> Option<bool> {
            self.$field.extension(kind, body)
        }
    };
    (@ $field:ident begin) => {
        fn begin(&mut self, chosen: Chosen, step: &mut Self::Step) -> bool {
            self.$field.begin(chosen, step)
        }
    };
    (@ $field:ident read) => {
        fn read(
            &mut self,
            step: &mut Self::Step,
            kind: HandshakeType,
            body: &[u8],
            cx: &mut Cx<'_, P>,
        ) -> Result<(), Error> {
            self.$field.read(step, kind, body, cx)
        }
    };
    (@ $field:ident next) => {
        fn next(&self, step: &Self::Step, after: Option<Op>) -> Option<Op> {
            self.$field.next(step, after)
        }
    };
    (@ $field:ident work) => {
        fn work(
            &mut self,
            step: &mut Self::Step,
            op: Op,
            cx: &mut Cx<'_, P>,
            master: &mut Master,
        ) -> nb::Result<(), Error> {
            self.$field.work(step, op, cx, master)
        }
    };
    (@ $field:ident sends) => {
        fn sends(&self, step: &Self::Step, kind: HandshakeType) -> bool {
            self.$field.sends(step, kind)
        }
    };
    (@ $field:ident emit) => {
        fn emit(&self, step: &Self::Step, kind: HandshakeType, sink: &mut Sink<'_, P::Hash>) {
            self.$field.emit(step, kind, sink);
        }
    };
    (@ $field:ident peer) => {
        fn peer(&self) -> Option<&PeerIdentity<'_>> {
            self.$field.peer()
        }
    };
    (@ $field:ident bind) => {
        fn bind(&self, put: &mut dyn FnMut(&[u8])) {
            self.$field.bind(put);
        }
    };
    (@ $field:ident max_plaintext) => {
        fn max_plaintext(&self) -> usize {
            self.$field.max_plaintext()
        }
        fn agreed(&self) -> [u8; 3] {
            self.$field.agreed()
        }
        fn agree_again(&mut self, agreed: [u8; 3]) {
            self.$field.agree_again(agreed);
        }
    };
    (@ $field:ident keyed) => {
        fn keyed(&mut self, prf: &Prf<P::Hash>, hash: &mut P::Hash, randoms: [&[u8; 32]; 2]) {
            self.$field.keyed(prf, hash, randoms);
        }
    };
    (@ $field:ident session_id) => {
        fn session_id<'s>(&'s self, random: &'s [u8; 32]) -> &'s [u8] {
            self.$field.session_id(random)
        }
    };
    (@ $field:ident lent) => {
        fn lent(&mut self) -> Option<Lent<'_>> {
            self.$field.lent()
        }
    };
    (@ $field:ident phase) => {
        fn phase(&self) -> Phase {
            self.$field.phase()
        }
    };
    (@ $field:ident promised) => {
        fn promised(&self) -> bool {
            self.$field.promised()
        }
    };
    (@ $field:ident save_session) => {
        fn save_session(&self, hash: &mut P::Hash, out: &mut [u8]) -> Option<()> {
            self.$field.save_session(hash, out)
        }
    };
}
pub(super) use delegate;
