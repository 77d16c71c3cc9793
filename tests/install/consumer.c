/* tests/install/consumer.c - a program outside of the project, compiled as C and as C++. */
#include <sardonyx.h>
#include <stdio.h>

int main(void)
{
    printf("%s\n", sdx_version());
    return 0;
}
