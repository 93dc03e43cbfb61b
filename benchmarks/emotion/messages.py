"""Messages of the kind that learners write, for timing without a data set."""

MESSAGES = [
    "I don't get why we flip the second fraction when we divide",
    "ohhh that makes sense now, thank you!",
    "is it 3/4 because you multiply the top and the bottom by 3?",
    "this is so frustrating, I keep getting the same wrong answer and I have no idea why",
    "ok",
    "can we do another one like that",
    "I have a test tomorrow and I'm really scared I'll fail it",
    "what does the x mean here",
    "x = 4",
    "I tried it three times and every time I end up with a negative number, which can't be right, can it?",
    "lol easy 😂",
    "whatever, this is boring",
    "Could you explain the last step again but slower please? I understood everything up to the substitution.",
    "YES finally got it!!!",
    "idk",
    "I think the area is 24 because 6 times 4 is 24 and it is a rectangle",
    "sorry, I was away for a bit. where were we?",
    "why do we need to learn this anyway",
    "hmm so if the slope is 2 then for every step right you go up two, so the point would be (3, 7)?",
    "thanks, you explain it way better than my book",
]
