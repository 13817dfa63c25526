"""What a language model adds to incidents and to nights, after the plain messages have gone; never before, and never in
their way: a worker does it, and the dispatcher neither asks nor waits."""
