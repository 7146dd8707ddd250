//! What is embedded is looked at again when it was built anew: the names of its files tell what is in them.

fn main() {
    println!("cargo:rerun-if-changed=../web/dist");
}
